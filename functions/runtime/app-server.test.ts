import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { createLogger } from './logger.ts'
import type { ServerLimits } from './server-limits.ts'
import { serveForTest } from './test-server.ts'
import { connectTo, readUntil } from './test-socket.ts'

/** More than is read of what is refused, and what the buffers of a connection hold. */
const MAX_BYTES = 300 * 2 ** 20

/** What is refused before any handler, on each of the ways that lead past the app, and by the app. */
const REFUSED: [name: string, status: number, head: string][] = [
  ['an unknown path', 404, 'POST /none HTTP/1.1\r\nHost: x\r\n'],
  ['two Hosts', 400, 'POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\n'],
  ['two Hosts at a probe', 400, 'GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n'],
  ['an unknown expectation', 417, 'POST / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n'],
  ['no target', 400, 'OPTIONS * HTTP/1.1\r\nHost: x\r\n'],
]

function startServer(limits: Partial<ServerLimits> = {}) {
  return serveForTest(createApp(createLogger('test', 'silent')), limits)
}

/** What came on a connection, once it is gone: ended, or reset under what was still sent. */
function readToItsEnd(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (part) => {
    text += part.toString('latin1')
  })
  return new Promise((resolve) => {
    socket.on('error', () => {}).once('close', () => resolve(text))
  })
}

/** Sends a piece again and again until the connection is gone, or so many bytes are on their way. */
function flood(socket: Socket, piece: Buffer): void {
  socket.write(piece, (error) => {
    if (!error && socket.bytesWritten < MAX_BYTES) setImmediate(flood, socket, piece)
  })
}

describe('a request that is answered before it ends', { timeout: 20_000 }, () => {
  it.each(REFUSED)(
    'is cut when nobody reads the answers to a flood of it: %s',
    async (_, _status, head) => {
      await using server = await startServer({ stalledAnswerMs: 200 })
      const socket = await connectTo(server.port)
      const cut = readToItsEnd(socket)
      socket.pause()
      flood(socket, Buffer.from(`${head}\r\n`.repeat(1000)))
      expect(await cut).toBe('')
    },
  )

  it.each(REFUSED)('is cut when its upload is endless: %s', async (_, status, head) => {
    await using server = await startServer()
    const socket = await connectTo(server.port)
    const end = readToItsEnd(socket)
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
    const piece = Buffer.from(`100000\r\n${'x'.repeat(0x100000)}\r\n`)
    flood(socket, piece)
    expect(await end).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(socket.bytesWritten).toBeLessThan(MAX_BYTES)
  })

  it.each([
    ['GET /livez', 200],
    ['HEAD /none', 404],
  ])('is cut when nobody asked for its body, which never ends: %s', async (start, status) => {
    await using server = await startServer()
    const socket = await connectTo(server.port)
    const end = readToItsEnd(socket)
    socket.write(`${start} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`)
    const timer = setInterval(() => socket.write('1\r\nx\r\n'), 20)
    expect(await end).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    clearInterval(timer)
  })

  it('keeps its connection when a body that nobody asked for ends', async () => {
    await using server = await startServer()
    const socket = await connectTo(server.port)
    const get = (body: string) =>
      `GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n${body}`
    socket.write(get(''))
    await readUntil(socket, 'ok')
    socket.write(`x${get('x')}`)
    expect(await readUntil(socket, 'ok')).toMatch(/^HTTP\/1.1 200 /)
    socket.destroy()
  })
})
