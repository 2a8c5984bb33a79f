import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { createApp } from './app.ts'
import { createLogger } from './logger.ts'
import { readBody } from './read-body.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { SERVER_LIMITS } from './server-limits.ts'
import { serveForTest } from './test-server.ts'
import { connectTo, readToEnd, readUntil } from './test-socket.ts'

/** An app that reads uploads, and what it logs. */
async function startLogged() {
  const info = vi.fn()
  const log = { info, error: vi.fn() }
  const app = createApp(log)
  app.get('/slow', async (c) => {
    // By then all that came with it was read.
    await new Promise(setImmediate)
    return c.text('slow')
  })
  app.post('/', async (c) => c.text(String((await readBody(c.env.incoming, 1000)).byteLength)))
  const limits = { headersTimeoutMs: 200, requestTimeoutMs: 200, checkIntervalMs: 50 }
  const server = await serveForTest(app, limits, log)
  return { ...server, log, line: () => info.mock.lastCall?.[0] }
}

/** Everything that is answered to a text, taken apart. */
async function answerTo(port: number, text: string) {
  const socket = await connectTo(port)
  const end = readToEnd(socket)
  socket.write(text)
  const [head = '', body = ''] = (await end).split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => line.toLowerCase().split(': ')))
  return { status: Number(first.split(' ')[1]), headers, body }
}

const HOST = 'Host: x\r\nConnection: close\r\n'

const UNREADABLE: [name: string, status: number, text: string][] = [
  ['no HTTP', 400, 'hello\r\n\r\n'],
  ['an unknown method', 400, `FOO / HTTP/1.1\r\n${HOST}\r\n`],
  ['no Host', 400, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['two Hosts', 400, `GET / HTTP/1.1\r\n${HOST}hOST: y\r\n\r\n`],
  ['a Host that is there twice', 400, `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
  [
    'two Hosts, for who waits to send a body',
    400,
    'POST / HTTP/1.1\r\nHost: x\r\nHost: y\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
  ],
  ['a Host that is none', 400, 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n'],
  ['a target that is none', 400, `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`],
  [
    'two lengths (request smuggling)',
    400,
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  ],
  [
    'a chunk that is none',
    400,
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nx\r\n`,
  ],
  ['a tunnel', 400, `CONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`],
  ['half a head', 408, 'GET / HT'],
  ['half a body', 408, `POST / HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\nabc`],
  ['an expectation', 417, `GET / HTTP/1.1\r\n${HOST}Expect: miracles\r\n\r\n`],
  [
    'a header flood',
    431,
    `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(SERVER_LIMITS.maxHeaderBytes)}\r\n\r\n`,
  ],
]

describe('what is no request', () => {
  it.each(UNREADABLE)('is answered with a problem, and logged: %s', async (_, status, text) => {
    await using server = await startLogged()
    const answer = await answerTo(server.port, text)
    const requestId = answer.headers['x-request-id']
    const code = status === 408 ? 'upload_timeout' : 'invalid_request'
    expect(answer).toMatchObject({
      status,
      headers: {
        ...SECURITY_HEADERS,
        'cache-control': 'no-store',
        'content-length': String(answer.body.length),
        'content-type': 'application/problem+json',
        connection: 'close',
      },
    })
    expect(answer.body).toMatch(/\n$/)
    expect(JSON.parse(answer.body)).toMatchObject({ status, code, requestId })
    await expect.poll(() => server.log.info.mock.calls).toHaveLength(1)
    expect(server.line()).toMatchObject({ requestId, status, code })
    expect(server.line().reason).toMatch(/./)
  })

  it('is logged with what it asked for, once that is known', async () => {
    await using server = await startLogged()
    const head = `POST / HTTP/1.1\r\n${HOST}X-Request-Id: r-1\r\nContent-Length: 9\r\n\r\nabc`
    await answerTo(server.port, head)
    await expect.poll(server.line).toMatchObject({ requestId: 'r-1', method: 'POST', path: '/' })
  })

  it('is not answered in the middle of an answer that began', async () => {
    const app = createApp(createLogger('test', 'silent'))
    app.post('/', (c) => c.body(new ReadableStream({ start: (to) => to.enqueue('began') })))
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    await readUntil(socket, 'began')
    const rest = readToEnd(socket)
    socket.write('hello\r\n\r\n')
    expect(await rest.catch(() => '')).toBe('')
  })

  it.each([
    ['what is no HTTP', 'hello\r\n\r\n'],
    ['a chunk that is none', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nx\r\n`],
    ['a tunnel', `CONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`],
  ])('is answered behind what was asked before it: %s', async (_, text) => {
    await using server = await startLogged()
    const socket = await connectTo(server.port)
    const end = readToEnd(socket)
    const slow = 'GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'
    socket.write(slow + slow + text)
    const statuses = (await end).match(/(?<=HTTP\/1.1 )\d+/g)
    expect(statuses).toEqual(['200', '200', '400'])
    await expect.poll(() => server.log.info.mock.calls).toHaveLength(3)
  })

  it.each([
    ['without a request', 'hello\r\n\r\n'],
    ['in its body', `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nx\r\n`],
    ['for a tunnel', `CONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`],
  ])('is answered to a client that sends on, and is not reset: %s', async (_, text) => {
    await using server = await startLogged()
    const socket = await connectTo(server.port)
    socket.write(text)
    socket.write(Buffer.alloc(4_000_000))
    expect(await readToEnd(socket)).toMatch(/^HTTP\/1.1 400 /)
    await expect.poll(server.line).toMatchObject({ status: 400 })
  })

  it('is cut a second after its answer when the client never closes its end', async () => {
    await using server = await startLogged()
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    const end = readToEnd(socket)
    const cut = new Promise((closed) => socket.once('close', closed))
    socket.write('hello\r\n\r\n')
    await end
    socket.on('error', () => {})
    // Is heard of as soon as it sends something.
    const timer = setInterval(() => socket.write('x'), 20)
    expect(await cut).toBe(true)
    clearInterval(timer)
  })

  it('ends no process when it is a tunnel whose client resets while an earlier answer is owed', async () => {
    const uncaught = vi.fn()
    process.on('uncaughtException', uncaught)
    const app = createApp(createLogger('test', 'silent'))
    const asked = Promise.withResolvers<void>()
    app.get('/never', () => {
      asked.resolve()
      return new Promise<Response>(() => {})
    })
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    socket.write(`GET /never HTTP/1.1\r\nHost: x\r\n\r\nCONNECT x:443 HTTP/1.1\r\n${HOST}\r\n`)
    await asked.promise
    socket.resetAndDestroy()
    // It is heard of by now, as what came later is answered.
    expect((await fetch(`${server.url}/livez`)).status).toBe(200)
    process.off('uncaughtException', uncaught)
    expect(uncaught).not.toHaveBeenCalled()
  })

  it.each([
    ['an expectation', 417, 'GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n'],
    [
      'another protocol',
      404,
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n',
    ],
  ])(
    'closes the connection on which the next request could be lost: %s',
    async (_, status, text) => {
      await using server = await startLogged()
      expect(await answerTo(server.port, text)).toMatchObject({
        status,
        headers: { connection: 'close' },
      })
    },
  )

  it('is no failure of the service', async () => {
    await using server = await startLogged()
    await answerTo(server.port, 'hello\r\n\r\n')
    expect(server.log.error).not.toHaveBeenCalled()
  })
})

describe('a client that leaves', () => {
  it('in the middle of its head is not logged', async () => {
    await using server = await startLogged()
    const socket = await connectTo(server.port)
    await new Promise((sent) => socket.write('GET / HT', sent))
    socket.end()
    await readToEnd(socket)
    expect(server.log.info).not.toHaveBeenCalled()
  })

  it('in the middle of its body is logged as 499', async () => {
    await using server = await startLogged()
    const socket = await connectTo(server.port)
    socket.write(`POST / HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\nabc`)
    socket.end()
    await readToEnd(socket)
    await expect.poll(server.line).toMatchObject({ path: '/', status: 499 })
  })
})
