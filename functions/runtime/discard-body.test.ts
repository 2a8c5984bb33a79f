import { EventEmitter, once } from 'node:events'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type ProblemCode, ProblemError } from '../contract/problem.ts'
import { createApp } from './app.ts'
import { createLogger } from './logger.ts'
import { serveForTest } from './test-server.ts'
import { connectTo, readToEnd, readUntil } from './test-socket.ts'

const BYTES = 1_000_000
const HEAD = `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BYTES}\r\n\r\n`
const LAST_CHUNK = '0\r\n\r\n'

/** An app that refuses, and calls back for each piece of the body that arrives all the same. */
function refusingApp(code: ProblemCode = 'payload_too_large', onPiece: () => void = () => {}) {
  const app = createApp(createLogger('test', 'silent'))
  app.post('/', (c) => {
    c.env.incoming.on('data', onPiece)
    throw new ProblemError(code, 'Refused.')
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

  it.each<[string, ProblemCode, number]>([
    ['256 MB', 'payload_too_large', 256 * 1024 * 1024 + 1],
    ['8 MB without a key', 'unauthorized', 8 * 1024 * 1024 + 1],
    ['8 MB beyond its rate', 'rate_limited', 8 * 1024 * 1024 + 1],
  ])('ends, and an endless upload with it, after %s', async (_, code, bytes) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await using server = await serveForTest(refusingApp(code))
    const socket = await connectTo(server.port)
    socket.write(HEAD.replace(String(BYTES), String(2 ** 30)))
    await readUntil(socket, '"requestId"')
    const end = readToEnd(socket)
    const megabyte = Buffer.alloc(2 ** 20)
    for (let sent = 0; sent < bytes; sent += megabyte.length) {
      await new Promise((written) => socket.write(megabyte, written))
    }
    expect(await end).toContain(LAST_CHUNK)
  })

  it('ends, and the connection with it, after two seconds when an upload stops', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await using server = await serveForTest(refusingApp())
    const socket = await connectTo(server.port)
    socket.write(HEAD)
    await readUntil(socket, '"requestId"')
    const end = readToEnd(socket)
    vi.advanceTimersByTime(2000)
    expect(await end).toContain(LAST_CHUNK)
  })

  it('ends, and the connection with it, after ten seconds of a byte each second', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const pieces = new EventEmitter()
    await using server = await serveForTest(
      refusingApp('payload_too_large', () => pieces.emit('one')),
    )
    const socket = await connectTo(server.port)
    socket.write(HEAD)
    await readUntil(socket, '"requestId"')
    let answer = ''
    socket.on('data', (part) => {
      answer += part
    })
    const end = once(socket, 'end')
    for (let second = 1; second < 10; second++) {
      const arrived = once(pieces, 'one')
      socket.write('x')
      await arrived
      vi.advanceTimersByTime(1000)
    }
    // After nine seconds the connection still takes and gives.
    const arrived = once(pieces, 'one')
    socket.write('x')
    await arrived
    expect(answer).toBe('')
    vi.advanceTimersByTime(1000)
    await end
    expect(answer).toContain(LAST_CHUNK)
  })
})
