import { afterEach, describe, expect, it, vi } from 'vitest'
import { ProblemError } from '../contract/problem.ts'
import { createApp } from './app.ts'
import { createLogger } from './logger.ts'
import { serveForTest } from './test-server.ts'
import { connectTo, readToEnd, readUntil } from './test-socket.ts'

const BYTES = 1_000_000
const HEAD = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BYTES}\r\n\r\n`
const LAST_CHUNK = '0\r\n\r\n'

function refusingApp() {
  const app = createApp(createLogger('test', 'silent'))
  app.post('/', () => {
    throw new ProblemError('payload_too_large', 'Too much.')
  })
  return app
}

describe('a refusal while the body still arrives', { timeout: 30_000 }, () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is sent before the body, ends after it, and the connection is kept', async () => {
    await using server = await serveForTest(refusingApp())
    const socket = await connectTo(server.port)
    socket.write(HEAD)
    const early = await readUntil(socket, '"requestId"')
    expect(early).toContain('HTTP/1.1 413')
    expect(early).not.toMatch(/content-length/i)
    expect(early).not.toContain(LAST_CHUNK)

    const end = readUntil(socket, LAST_CHUNK)
    socket.write(Buffer.alloc(BYTES))
    await end
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await readUntil(socket, 'ok')).toContain('HTTP/1.1 200')
    socket.destroy()
  })

  it.each([
    ['stops sending', 0, 2000],
    ['has sent 256 MB', 256 * 1024 * 1024 + 1, 0],
  ])('ends, and the connection with it, when the client %s', async (_, bytes, waitedMs) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await using server = await serveForTest(refusingApp())
    const socket = await connectTo(server.port)
    socket.write(HEAD.replace(String(BYTES), String(2 ** 30)))
    await readUntil(socket, '"requestId"')
    const end = readToEnd(socket)
    const megabyte = Buffer.alloc(2 ** 20)
    for (let sent = 0; sent < bytes; sent += megabyte.length) {
      await new Promise((written) => socket.write(megabyte, written))
    }
    vi.advanceTimersByTime(waitedMs)
    expect(await end).toContain(LAST_CHUNK)
  })
})
