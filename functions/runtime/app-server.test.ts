import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { createLogger } from './logger.ts'
import type { ServerLimits } from './server-limits.ts'
import { serveForTest } from './test-server.ts'
import { connectTo } from './test-socket.ts'

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

function start(limits: Partial<ServerLimits> = {}) {
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

describe('a flood of what is refused', { timeout: 20_000 }, () => {
  it.each(REFUSED)('is cut when nobody reads its answers: %s', async (_, _status, head) => {
    await using server = await start({ stalledAnswerMs: 200 })
    const socket = await connectTo(server.port)
    const cut = readToItsEnd(socket)
    socket.pause()
    flood(socket, Buffer.from(`${head}\r\n`.repeat(1000)))
    expect(await cut).toBe('')
  })

  it.each(REFUSED)('is cut when its upload has no end: %s', async (_, status, head) => {
    await using server = await start()
    const socket = await connectTo(server.port)
    const end = readToItsEnd(socket)
    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
    const piece = Buffer.from(`100000\r\n${'x'.repeat(0x100000)}\r\n`)
    flood(socket, piece)
    expect(await end).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(socket.bytesWritten).toBeLessThan(MAX_BYTES)
  })
})
