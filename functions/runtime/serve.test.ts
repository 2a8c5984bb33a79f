import { describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { clientSignal } from './client-signal.ts'
import { createLogger } from './logger.ts'
import { readBody } from './read-body.ts'
import { serve } from './serve.ts'
import { serveForTest } from './test-server.ts'
import { connectTo, readToEnd, readUntil } from './test-socket.ts'

const silent = createLogger('test', 'silent')

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'

/** An app whose one answer waits until the test lets it go. */
function waitingApp() {
  const arrived = Promise.withResolvers<void>()
  const letGo = Promise.withResolvers<void>()
  const left = Promise.withResolvers<unknown>()
  const app = createApp(silent)
  app.get('/', async (c) => {
    clientSignal(c.env.outgoing).addEventListener('abort', (event) =>
      left.resolve((event.target as AbortSignal).reason),
    )
    arrived.resolve()
    await letGo.promise
    return c.text('finished')
  })
  return { app, arrived: arrived.promise, letGo: letGo.resolve, left: left.promise }
}

const ANYWHERE = { address: '0.0.0.0', port: 0 }

describe('serve()', () => {
  it('finishes what is in flight when drained, tells the client to close, and accepts no more', async () => {
    const { app, arrived, letGo } = waitingApp()
    const server = await serve(app, ANYWHERE, silent)
    const busy = await connectTo(server.port)
    const idle = await connectTo(server.port)
    busy.write(GET)
    await arrived

    const ends = { busy: readToEnd(busy), idle: readToEnd(idle) }
    const drained = server.drain()
    await expect(connectTo(server.port)).rejects.toThrow('ECONNREFUSED')
    expect(await ends.idle).toBe('')
    letGo()

    const answer = await ends.busy
    expect(answer).toContain('HTTP/1.1 200')
    expect(answer).toMatch(/connection: close/i)
    expect(answer).toContain('finished')
    await drained
  })

  it('finishes all that a client asked for in a row without waiting (pipelining) when drained', async () => {
    const { app, arrived, letGo } = waitingApp()
    app.get('/first', (c) => c.text('first'))
    const server = await serve(app, ANYWHERE, silent)
    const socket = await connectTo(server.port)
    socket.write(GET.replace('/', '/first') + GET)
    await arrived
    const end = readToEnd(socket)
    const drained = server.drain()
    letGo()
    const answers = (await end).split('HTTP/1.1 200').slice(1)
    expect(answers).toEqual([
      expect.stringContaining('first'),
      expect.stringMatching(/connection: close.*finished/is),
    ])
    await drained
  })

  it('finishes a second request of a connection whose first ends during the drain', async () => {
    const { app, arrived, letGo } = waitingApp()
    const first = Promise.withResolvers<void>()
    app.get('/first', async (c) => {
      await first.promise
      return c.text('first')
    })
    const server = await serve(app, ANYWHERE, silent)
    const socket = await connectTo(server.port)
    socket.write(GET.replace('/', '/first') + GET)
    await arrived
    const drained = server.drain()
    const answered = readUntil(socket, 'first')
    first.resolve()
    await answered
    const end = readToEnd(socket)
    letGo()
    expect(await end).toContain('finished')
    await drained
  })

  it('sends an answer to its last byte to a slow reader while it drains', async () => {
    const bytes = 20_000_000
    const app = createApp(silent)
    app.get('/', (c) => c.body(Buffer.alloc(bytes, 97).toString()))
    const server = await serve(app, ANYWHERE, silent)
    const socket = await connectTo(server.port)
    socket.write(GET)
    await new Promise((first) => socket.once('readable', first))
    const drained = server.drain()
    expect((await readToEnd(socket)).length).toBeGreaterThan(bytes)
    expect(await drained).toBeUndefined()
  })

  it.each([
    ['half a request head', 'POST / HTTP/1.1\r\nHo'],
    ['an upload that stopped', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc'],
  ])(
    'does not wait for ever for an upload or a head that stopped: it is cut when the time is over: %s',
    async (_, text) => {
      const app = createApp(silent)
      app.post('/', async (c) => c.text(String(await readBody(c.env.incoming, 100))))
      const server = await serve(app, ANYWHERE, silent)
      const socket = await connectTo(server.port)
      const cut = new Promise((closed) => socket.once('close', closed))
      await new Promise((sent) => socket.write(text, sent))
      await server.drain(100)
      socket.resume()
      expect(await cut).toEqual(expect.any(Boolean))
    },
  )

  it('keeps connections longer than the 90 s of the proxy before it', async () => {
    await using server = await serveForTest(createApp(silent))
    const answer = await fetch(`${server.url}/livez`)
    expect(answer.headers.get('Keep-Alive')).toBe('timeout=100')
  })

  it('rejects when the port is taken', async () => {
    await using server = await serveForTest(createApp(silent))
    const second = serve(createApp(silent), { ...ANYWHERE, port: server.port }, silent)
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE', port: server.port })
  })
})

describe('clientSignal()', () => {
  it('aborts when the client leaves before its answer', async () => {
    const { app, arrived, letGo, left } = waitingApp()
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    socket.write(GET)
    await arrived
    socket.destroy()
    expect(await left).toMatchObject({ name: 'ClientGoneError' })
    letGo()
  })

  it('does not abort when the answer was sent', async () => {
    const { app, arrived, letGo, left } = waitingApp()
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    socket.write(GET)
    await arrived
    letGo()
    await readUntil(socket, 'finished')
    socket.destroy()
    expect(await Promise.race([left, Promise.resolve('still there')])).toBe('still there')
  })
})
