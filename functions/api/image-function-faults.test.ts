import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { REQUEST_TIMEOUT_HEADER } from '../contract/request-timeout.ts'
import { MAX_PROBLEM_BYTES } from './image-function.ts'
import { PICTURE, RESULT, startApi } from './test-api.ts'
import { imageAnswer } from './test-image-answer.ts'

const HEADERS = Object.entries({ ...RESULT.headers, Connection: 'keep-alive' })
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('')
const OK = `HTTP/1.1 200 OK\r\n${HEADERS}`
const BYTES = RESULT.bytes.toString('latin1')
const WHOLE = `${OK}Content-Length: ${BYTES.length}\r\n\r\n${BYTES}`

/** The text of an answer, each of whose characters is one byte. */
const textOf = async (answer: Response) => Buffer.from(await answer.bytes()).toString('latin1')

type Heard = (socket: Socket, request: string, call: number) => void

/** An api before an image function that is a bare socket, which does what a test wants with each request. */
async function startFaulty(heard: Heard, env: Record<string, string> = {}) {
  const sockets = new Set<Socket>()
  const closed = Promise.withResolvers<string>()
  let calls = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setDefaultEncoding('latin1')
    socket.on('error', () => {})
    socket.once('close', () => closed.resolve('closed'))
    let text = ''
    socket.on('data', (part) => {
      text += part.toString('latin1')
      const body = text.indexOf('\r\n\r\n') + 4
      if (body < 4 || text.length - body < PICTURE.length) return
      const request = text
      text = ''
      calls++
      heard(socket, request, calls)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const api = await startApi({
    env: { IMAGE_FUNCTION_URL: `http://127.0.0.1:${port}`, STORE: 'none', ...env },
  })
  return {
    api,
    calls: () => calls,
    /** Resolves when the api has ended a connection. */
    closed: closed.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await api[Symbol.asyncDispose]()
    },
  }
}

/** Sends one piece of an answer after the other, as long as there is someone to take it. */
function sendWithoutEnd(socket: Socket, piece: Buffer): void {
  if (!socket.destroyed) socket.write(piece, () => setImmediate(sendWithoutEnd, socket, piece))
}

describe('an image function with a fault', () => {
  const unavailable = { status: 502, code: 'image_function_unavailable' }

  it.each([
    ['is nothing', ''],
    ['is cut in its head', OK.slice(0, -10)],
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['has another answer behind it', `${WHOLE}HTTP/1.1 garbage\r\n\r\n`],
    ['is shorter than it says', `${OK}Content-Length: ${BYTES.length + 1}\r\n\r\n${BYTES}`],
    ['is longer than it says', `${OK}Content-Length: 3\r\n\r\n${BYTES}`],
    ['is cut in its chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nbytes\r\n`],
    ['has no length, and may be cut', `${OK.replace('keep-alive', 'close')}\r\n${BYTES}`],
    ['has two lengths', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n${BYTES}`],
    ['is empty', `${OK}Content-Length: 0\r\n\r\n`],
    ['has a flood of headers', `${OK}${`X-More: ${'x'.repeat(1000)}\r\n`.repeat(20)}\r\n`],
    [
      'is a redirect',
      'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      'is a problem cut short',
      'HTTP/1.1 422 No\r\nContent-Type: application/problem+json\r\nContent-Length: 9\r\n\r\n{"code":',
    ],
  ])('whose answer %s is unavailable, and no part of it is passed on', async (_, answer) => {
    await using faulty = await startFaulty((socket) => socket.end(answer))
    expect(await (await faulty.api.post()).json()).toMatchObject(unavailable)
  })

  it('that resets the connection is unavailable, and asked once', async () => {
    await using faulty = await startFaulty((socket) => socket.resetAndDestroy())
    expect(await (await faulty.api.post()).json()).toMatchObject(unavailable)
    expect(faulty.calls()).toBe(1)
  })

  it.each(['http://127.0.0.1:1', 'http://nobody.invalid'])(
    'that is gone is unavailable: %s',
    async (IMAGE_FUNCTION_URL) => {
      await using api = await startApi({ env: { IMAGE_FUNCTION_URL } })
      expect(await (await api.post()).json()).toMatchObject(unavailable)
    },
  )

  it('that resets the connection within its answer is unavailable', async () => {
    await using faulty = await startFaulty((socket) => {
      socket.write(`${OK}Content-Length: 1000\r\n\r\n${BYTES}`, () => socket.resetAndDestroy())
    })
    expect(await (await faulty.api.post()).json()).toMatchObject(unavailable)
  })

  it('that cuts its answer on a kept connection is unavailable, and not sent the picture again', async () => {
    await using faulty = await startFaulty((socket, _, call) => {
      if (call === 1) socket.write(WHOLE)
      else socket.end(WHOLE.slice(0, -1))
    })
    expect((await faulty.api.post()).status).toBe(200)
    expect(await (await faulty.api.post()).json()).toMatchObject(unavailable)
    expect(faulty.calls()).toBe(2)
  })

  it('that is gone without a word behind a kept connection costs one request its time: the next has a new one', async () => {
    const used: Socket[] = []
    await using faulty = await startFaulty(
      (socket) => {
        used.push(socket)
        if (used.length !== 2) socket.write(WHOLE)
      },
      { IMAGE_FUNCTION_TIMEOUT_MS: '200' },
    )
    const statuses = []
    for (let time = 0; time < 3; time++) statuses.push((await faulty.api.post()).status)
    expect(statuses).toEqual([200, 504, 200])
    expect(used[1]).toBe(used[0])
    expect(used[2]).not.toBe(used[0])
  })

  it('that is slow, a byte at a time, is waited for', async () => {
    const send = (socket: Socket, at: number): void => {
      if (at < WHOLE.length) socket.write(WHOLE.charAt(at), () => send(socket, at + 1))
    }
    await using faulty = await startFaulty((socket) => send(socket, 0))
    expect(await textOf(await faulty.api.post())).toBe(BYTES)
  })

  it('that closes a kept connection as the next request goes out on it is sent it again', async () => {
    await using faulty = await startFaulty((socket, _, call) => {
      if (call === 2) socket.resetAndDestroy()
      else socket.write(WHOLE)
    })
    expect((await faulty.api.post()).status).toBe(200)
    expect((await faulty.api.post()).status).toBe(200)
    expect(faulty.calls()).toBe(3)
  })

  it('that resets kept connections, the new one as well, is unavailable after two calls', async () => {
    await using faulty = await startFaulty((socket, _, call) => {
      if (call === 1) socket.write(WHOLE)
      else socket.resetAndDestroy()
    })
    expect((await faulty.api.post()).status).toBe(200)
    expect(await (await faulty.api.post()).json()).toMatchObject(unavailable)
    expect(faulty.calls()).toBe(3)
  })

  it('that is ended by a picture is not sent it again', async () => {
    await using faulty = await startFaulty((socket, _, call) => {
      if (call === 1) socket.write(WHOLE)
      // Longer than a connection that was closed while idle takes to say so.
      else setTimeout(() => socket.resetAndDestroy(), 150)
    })
    expect((await faulty.api.post()).status).toBe(200)
    expect(await (await faulty.api.post()).json()).toMatchObject(unavailable)
    expect(faulty.calls()).toBe(2)
  })

  it('that speaks before it is asked poisons no answer', async () => {
    const other = imageAnswer('another result, so long').bytes.toString('latin1')
    await using faulty = await startFaulty((socket, _, call) => {
      socket.write(WHOLE)
      // On the idle connection: the answer to a request that was not made.
      if (call === 1) {
        setImmediate(() => socket.write(`${OK}Content-Length: ${other.length}\r\n\r\n${other}`))
      }
    })
    for (let time = 0; time < 3; time++) expect(await textOf(await faulty.api.post())).toBe(BYTES)
  })

  it.each([
    ['a result', OK, '1000', '1000 bytes: MAX_RESULT_BYTES of the api is smaller than the result;'],
    [
      'a problem',
      'HTTP/1.1 500 No\r\nContent-Type: text/plain\r\n',
      String(2 * MAX_PROBLEM_BYTES),
      `${MAX_PROBLEM_BYTES} bytes; try again`,
    ],
  ])(
    'that sends an endless result or problem is unavailable, and read no further: %s',
    async (_, head, max, sentence) => {
      await using faulty = await startFaulty(
        (socket) => {
          socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n`)
          sendWithoutEnd(socket, Buffer.from(`1000\r\n${'x'.repeat(0x1000)}\r\n`))
        },
        { MAX_RESULT_BYTES: max },
      )
      const problem = await (await faulty.api.post()).json()
      expect(problem).toMatchObject({
        ...unavailable,
        detail: expect.stringContaining(`more than ${sentence}`),
      })
      expect(await faulty.closed).toBe('closed')
    },
  )

  it('that sends a result larger than MAX_RESULT_BYTES is not to be asked again: a smaller one is', async () => {
    const env = { MAX_RESULT_BYTES: String(BYTES.length - 1) }
    await using faulty = await startFaulty((socket) => socket.write(WHOLE), env)
    const detail = expect.stringMatching(/MAX_RESULT_BYTES .* ask for a smaller one/)
    expect(await (await faulty.api.post()).json()).toMatchObject({ ...unavailable, detail })
  })

  it('may answer with exactly as many bytes as allowed', async () => {
    const env = { MAX_RESULT_BYTES: String(BYTES.length) }
    await using faulty = await startFaulty((socket) => socket.write(WHOLE), env)
    expect(await textOf(await faulty.api.post())).toBe(BYTES)
  })

  it.each([
    ['says nothing', ''],
    ['sends a head without an end', OK],
    ['sends a body without an end', `${OK}Content-Length: 1000\r\n\r\n`],
    ['sends 102 without an end', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ])('that hangs is given up in time, and its connection ended: it %s', async (_, begin) => {
    await using faulty = await startFaulty(
      (socket) => {
        socket.write(begin)
        const timer = setInterval(
          () => socket.write(begin.startsWith('HTTP/1.1 102') ? begin : begin && 'x'),
          10,
        )
        socket.once('close', () => clearInterval(timer))
      },
      { IMAGE_FUNCTION_TIMEOUT_MS: '200', IMAGE_FUNCTION_CALLS: '1' },
    )
    for (let time = 0; time < 2; time++) {
      const problem = await (await faulty.api.post()).json()
      expect(problem).toMatchObject({ status: 504, code: 'image_function_timeout' })
    }
    expect(await faulty.closed).toBe('closed')
  })

  it('that takes no byte of the source is given up in time', async () => {
    const deaf = createServer((socket) => socket.pause().on('error', () => {}))
    deaf.listen(0, '127.0.0.1')
    await once(deaf, 'listening')
    const { port } = deaf.address() as AddressInfo
    await using api = await startApi({
      env: { IMAGE_FUNCTION_URL: `http://127.0.0.1:${port}`, IMAGE_FUNCTION_TIMEOUT_MS: '200' },
    })
    // More than the buffers of a connection hold.
    const body = Buffer.concat([PICTURE, Buffer.alloc(20_000_000)])
    expect((await api.post(new Uint8Array(body))).status).toBe(504)
    deaf.close()
  })

  it('that answers before it has taken the source is sent no more of it', async () => {
    const connected = Promise.withResolvers<Socket>()
    const deaf = createServer((socket) => {
      socket.on('error', () => {}).write(WHOLE, 'latin1')
      connected.resolve(socket)
    })
    deaf.listen(0, '127.0.0.1')
    await once(deaf, 'listening')
    const { port } = deaf.address() as AddressInfo
    await using api = await startApi({
      env: { IMAGE_FUNCTION_URL: `http://127.0.0.1:${port}`, STORE: 'none' },
    })
    const body = Buffer.concat([PICTURE, Buffer.alloc(20_000_000)])
    expect((await api.post(new Uint8Array(body))).status).toBe(200)
    const socket = await connected.promise
    let taken = 0
    for await (const part of socket) taken += part.length
    expect(taken).toBeLessThan(body.length)
    deaf.close()
  })

  it('that has not answered hears of it when the client leaves', async () => {
    const called = Promise.withResolvers<void>()
    await using faulty = await startFaulty(() => called.resolve())
    const client = new AbortController()
    const init = { method: 'POST', body: PICTURE, signal: client.signal }
    const asked = faulty.api.ask('/image', init)
    await called.promise
    client.abort()
    await expect(asked).rejects.toThrow('aborted')
    expect(await faulty.closed).toBe('closed')
  })

  it('is told with each call, the second one as well, how long it is waited for', async () => {
    const told: number[] = []
    const IMAGE_FUNCTION_TIMEOUT_MS = '5000'
    await using faulty = await startFaulty(
      (socket, request, call) => {
        told.push(Number(new RegExp(`${REQUEST_TIMEOUT_HEADER}: (\\d+)\r\n`).exec(request)?.[1]))
        if (call === 2) setTimeout(() => socket.resetAndDestroy(), 10)
        else socket.write(WHOLE)
      },
      { IMAGE_FUNCTION_TIMEOUT_MS },
    )
    for (let time = 0; time < 2; time++) expect((await faulty.api.post()).status).toBe(200)
    const [first = 0, second = 0, again = 0] = told
    expect(first).toBeGreaterThan(4000)
    expect(first).toBeLessThanOrEqual(5000)
    expect(again).toBeLessThan(second)
  })
})
