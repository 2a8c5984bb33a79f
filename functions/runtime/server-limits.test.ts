import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { answered, clientSignal } from './client-signal.ts'
import { createLogger } from './logger.ts'
import { readBody } from './read-body.ts'
import { SERVER_LIMITS } from './server-limits.ts'
import { serveForTest } from './test-server.ts'
import { connectTo, readToEnd, readUntil } from './test-socket.ts'

/** More than the buffers of a connection hold. */
const LARGE_BYTES = 50_000_000

/** An app with a large answer, and one that says what became of the last request. */
function appWithLargeAnswer() {
  const app = createApp(createLogger('test', 'silent'))
  const freed = Promise.withResolvers<'finished' | 'cut'>()
  app.get('/large', (c) => {
    const { outgoing } = c.env
    const signal = clientSignal(outgoing)
    void answered(outgoing).then(() => freed.resolve(signal.aborted ? 'cut' : 'finished'))
    return c.body(new Uint8Array(LARGE_BYTES), 200)
  })
  app.post('/', async (c) => {
    const { byteLength } = await readBody(c.env.incoming, 1000)
    return c.text(`${byteLength} bytes`)
  })
  app.get('/count', (c) => c.text(`${c.env.incoming.rawHeaders.length / 2} headers`))
  return { app, freed: freed.promise }
}

/** Writes one byte now and again, until the connection is closed. */
function trickle(socket: Socket): Disposable {
  const timer = setInterval(() => socket.write('x'), 20)
  socket.once('close', () => clearInterval(timer))
  socket.on('error', () => {})
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** A byte that crosses the refusal on its way has the connection reset, before or after it is read. */
const ENDED_OR_RESET = /HTTP\/1.1 408|ECONNRESET|EPIPE/

function endOf(socket: Socket): Promise<string> {
  return readToEnd(socket).catch((error: NodeJS.ErrnoException) => error.code ?? '')
}

/** Reads a few bytes now and again. */
function sip(socket: Socket): Disposable {
  socket.pause()
  const timer = setInterval(() => socket.read(1), 20)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function livez(port: number): Promise<number> {
  return (await fetch(`http://127.0.0.1:${port}/livez`)).status
}

describe('a slow client', { timeout: 20_000 }, () => {
  it.each([
    ['a connection that says nothing', ''],
    ['half a head', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
  ])('is ended: %s', async (_, text) => {
    const { app } = appWithLargeAnswer()
    await using server = await serveForTest(app, { headersTimeoutMs: 200, checkIntervalMs: 50 })
    const socket = await connectTo(server.port)
    socket.write(text)
    expect(await readToEnd(socket)).toContain('HTTP/1.1 408')
    expect(await livez(server.port)).toBe(200)
  })

  it('is ended: a head of a byte now and again', async () => {
    const { app } = appWithLargeAnswer()
    await using server = await serveForTest(app, { headersTimeoutMs: 200, checkIntervalMs: 50 })
    const socket = await connectTo(server.port)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')
    const end = endOf(socket)
    using _trickle = trickle(socket)
    expect(await end).toMatch(ENDED_OR_RESET)
  })

  it.each([
    ['announced', 'Content-Length: 1000\r\n\r\n'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n3e8\r\n'],
  ])('is ended: an upload of a byte now and again, %s', async (_, rest) => {
    const { app } = appWithLargeAnswer()
    const limits = { headersTimeoutMs: 300, requestTimeoutMs: 300, checkIntervalMs: 50 }
    await using server = await serveForTest(app, limits)
    const socket = await connectTo(server.port)
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${rest}`)
    const end = endOf(socket)
    using _trickle = trickle(socket)
    expect(await end).toMatch(ENDED_OR_RESET)
  })

  it('is cut, and its answer freed: a reader that stopped, or is gone without a word', async () => {
    const { app, freed } = appWithLargeAnswer()
    await using server = await serveForTest(app, { stalledAnswerMs: 200 })
    const socket = await connectTo(server.port)
    socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.pause()
    expect(await freed).toBe('cut')
    socket.destroy()
  })

  it('is cut, and its answer freed: a reader of a byte now and again', async () => {
    const { app, freed } = appWithLargeAnswer()
    await using server = await serveForTest(app, { answerTimeoutMs: 300 })
    const socket = await connectTo(server.port)
    socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
    using _sip = sip(socket)
    expect(await freed).toBe('cut')
    socket.destroy()
  })

  it('is cut, and its answer freed: a reader of a byte now and again, behind another answer', async () => {
    const { app, freed } = appWithLargeAnswer()
    app.get('/later', async (c) => {
      await new Promise((passed) => setTimeout(passed, 50))
      return c.text('later')
    })
    await using server = await serveForTest(app, { answerTimeoutMs: 300 })
    const socket = await connectTo(server.port)
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
    socket.write(get('/later') + get('/large'))
    using _sip = sip(socket)
    expect(await freed).toBe('cut')
    socket.destroy()
  })

  it('has all the time it needs while the network takes something, up to the whole time', async () => {
    const { app, freed } = appWithLargeAnswer()
    await using server = await serveForTest(app, { stalledAnswerMs: 300 })
    const socket = await connectTo(server.port)
    socket.write('GET /large HTTP/1.1\r\nHost: x\r\n\r\n')
    let bytes = 0
    const startedMs = performance.now()
    // A fortieth at a time, so that the whole takes longer than the limit.
    let pauseAt = LARGE_BYTES / 40
    socket.on('data', (part) => {
      bytes += part.length
      if (bytes < pauseAt) return
      pauseAt += LARGE_BYTES / 40
      socket.pause()
      setTimeout(() => socket.resume(), 25)
    })
    expect(await freed).toBe('finished')
    expect(performance.now() - startedMs).toBeGreaterThan(600)
    socket.destroy()
  })

  it('that was answered keeps its connection, whatever the limits of an answer', async () => {
    const { app } = appWithLargeAnswer()
    await using server = await serveForTest(app, { stalledAnswerMs: 100, answerTimeoutMs: 100 })
    const socket = await connectTo(server.port)
    const ask = () => socket.write('GET /count HTTP/1.1\r\nHost: x\r\n\r\n')
    ask()
    await readUntil(socket, '1 headers')
    await new Promise((passed) => setTimeout(passed, 300))
    ask()
    expect(await readUntil(socket, '1 headers')).toContain('HTTP/1.1 200')
    socket.destroy()
  })
})

it('a connection that was used once and is kept for nothing is closed', async () => {
  const { app } = appWithLargeAnswer()
  await using server = await serveForTest(app, { keepAliveTimeoutMs: 100 })
  const socket = await connectTo(server.port)
  const end = readToEnd(socket)
  socket.write('GET /count HTTP/1.1\r\nHost: x\r\n\r\n')
  expect(await end).toContain('HTTP/1.1 200')
})

describe('a flood', { timeout: 20_000 }, () => {
  it.each([
    ['one header', `X-Large: ${'x'.repeat(SERVER_LIMITS.maxHeaderBytes)}\r\n`],
    ['many headers', 'a: b\r\n'.repeat(SERVER_LIMITS.maxHeaderBytes / 2 + 1)],
  ])('of header bytes is 431, and ends the connection: %s', async (_, headers) => {
    const { app } = appWithLargeAnswer()
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    socket.write(`GET /count HTTP/1.1\r\nHost: x\r\n${headers}\r\n`)
    expect(await readToEnd(socket)).toContain('HTTP/1.1 431')
    expect(await livez(server.port)).toBe(200)
  })

  it('of small headers pushes none out that a proxy adds behind them', async () => {
    const { app } = appWithLargeAnswer()
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    socket.write(`GET /count HTTP/1.1\r\nHost: x\r\n${'a:\r\n'.repeat(2500)}X-Last: 1\r\n\r\n`)
    expect(await readUntil(socket, ' headers')).toContain('2502 headers')
    socket.destroy()
  })

  it('of 1,000 idle connections is served beside', async () => {
    const { app } = appWithLargeAnswer()
    await using server = await serveForTest(app)
    const idle = await Promise.all(Array.from({ length: 1000 }, () => connectTo(server.port)))
    expect(await livez(server.port)).toBe(200)
    const last = idle.at(-1)
    last?.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(last && (await readUntil(last, 'ok'))).toContain('HTTP/1.1 200')
    for (const socket of idle) socket.destroy()
  })

  it('of idle connections ends at their limit, and those that are there are served', async () => {
    const { app } = appWithLargeAnswer()
    await using server = await serveForTest(app, { maxConnections: 2 })
    const [first, second] = [await connectTo(server.port), await connectTo(server.port)]
    const third = await connectTo(server.port)
    third.on('error', () => {})
    third.resume()
    await once(third, 'close')
    first.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(await readUntil(first, 'ok')).toContain('HTTP/1.1 200')

    second.destroy()
    const next = async () => livez(server.port).catch(() => 0)
    await expect.poll(next).toBe(200)
    first.destroy()
  })
})

it('never closes a connection first that a proxy keeps for 90 s, used before or not', () => {
  const { headersTimeoutMs, keepAliveTimeoutMs } = SERVER_LIMITS
  expect(Math.min(headersTimeoutMs, keepAliveTimeoutMs)).toBeGreaterThan(90_000)
})
