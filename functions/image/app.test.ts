import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { ResolvedOptions } from '../contract/options.ts'
import { optionsToQuery } from '../contract/options-query.ts'
import { createLogger, type Logger } from '../runtime/logger.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { type RunningServer, serve } from '../runtime/serve.ts'
import { createImageApp } from './app.ts'
import { type ImageConfig, imageConfigSchema } from './config.ts'
import { processFast } from './process.ts'
import { fixture } from './test-picture.ts'
import { pngThatSays } from './test-png.ts'

// As it is, but a test may hold one image in its slot.
vi.mock(import('./process.ts'), { spy: true })

const MAX_SOURCE_BYTES = fixture('progressive.jpg').length

const OPTIONS: ResolvedOptions = {
  scale: { width: 16, height: 12 },
  grayscale: true,
  fit: 'fill',
  filter: 'lanczos',
  orient: 'apply',
  alpha: 'drop',
  icc: 'ignore',
  format: 'png',
  quality: 90,
  mode: 'fast',
}

let server: RunningServer
let origin: string

beforeAll(async () => {
  server = await start({ MAX_SOURCE_BYTES, MAX_RESULT_PIXELS: 1000 })
  origin = `http://127.0.0.1:${server.port}`
})

afterAll(() => server.drain())

describe('POST /process', () => {
  it('answers with the result and what it says about itself', async () => {
    const source = fixture('orientation-6.jpg')
    const answer = await post(optionsToQuery(OPTIONS), source, { 'X-Request-Id': 'a-request.1' })
    expect(answer.status).toBe(200)
    const bytes = Buffer.from(await answer.arrayBuffer())
    const headers = Object.fromEntries(answer.headers)
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(bytes.length),
      'image-source': 'width=24, height=32, format="jpeg", orientation=6',
      'image-result': 'width=16, height=12, channels=1, depth=8',
      'server-timing': expect.stringMatching(
        /^receive;dur=\d+\.\d, queue;dur=\d+\.\d, process;dur=\d+\.\d$/,
      ),
      'x-request-id': 'a-request.1',
    })
    const { data, info } = await sharp(bytes)
      .toColourspace('b-w')
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect(info).toMatchObject({ width: 16, height: 12, channels: 1 })
    // The grays of red, green, blue and yellow, upright.
    const corners = [data[0], data[15], data[11 * 16], data[11 * 16 + 15]]
    for (const [i, gray] of [91, 113, 70, 202].entries()) {
      expect(Math.abs((corners[i] ?? 0) - gray)).toBeLessThan(6)
    }
  })

  it.each([
    ['png', 'image/png', 1],
    ['jpeg', 'image/jpeg', 1],
    ['webp', 'image/webp', 3],
    ['raw', 'application/octet-stream', 1],
  ] as const)('answers a %s as %s', async (format, type, channels) => {
    const answer = await post(optionsToQuery({ ...OPTIONS, format }), fixture('palette.png'))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe(type)
    const expected = `width=16, height=12, channels=${channels}, depth=8`
    expect(answer.headers.get('Image-Result')).toBe(expected)
    const bytes = await answer.arrayBuffer()
    expect(answer.headers.get('Content-Length')).toBe(String(bytes.byteLength))
    if (format === 'raw') expect(bytes.byteLength).toBe(16 * 12)
  })

  it.each([
    ['no options', ''],
    ['a missing option', without('icc')],
    ['an undecided format', optionsToQuery({ ...OPTIONS, format: 'source' })],
    ['an undecided mode', optionsToQuery({ ...OPTIONS, mode: 'auto' })],
    ['another order', `${without('scale')}&scale=16x12`],
    ['an option twice', `${optionsToQuery(OPTIONS)}&scale=16x12`],
    ['an unknown option', `${optionsToQuery(OPTIONS)}&blur=3`],
    ['another spelling', optionsToQuery(OPTIONS).replace('scale=16x12', 'scale=16%7812')],
    ['another case', optionsToQuery(OPTIONS).replace('fit=fill', 'fit=Fill')],
    ['a trailing ampersand', `${optionsToQuery(OPTIONS)}&`],
    ['a size out of range', optionsToQuery(OPTIONS).replace('16x12', '0x12')],
  ])('refuses %s', async (_what, query) => {
    const answer = await post(query, fixture('palette.png'))
    await expectProblem(answer, 400, 'invalid_request')
  })

  it.each([
    ['no body', Buffer.alloc(0), 400, 'invalid_request'],
    ['text', Buffer.from('hello'), 415, 'unsupported_media_type'],
    ['an SVG', fixture('vector.svg'), 415, 'unsupported_media_type'],
    ['a cut JPEG', fixture('gray.jpg').subarray(0, 400), 422, 'undecodable_image'],
    ['a cut header', fixture('gray.jpg').subarray(0, 60), 422, 'undecodable_image'],
  ])('refuses %s', async (_what, body, status, code) => {
    await expectProblem(await post(optionsToQuery(OPTIONS), body), status, code)
  })

  it('refuses a result of more pixels than allowed', async () => {
    const query = optionsToQuery({ ...OPTIONS, scale: { width: 1001, height: 1 } })
    const answer = await post(query, fixture('palette.png'))
    const { detail } = await expectProblem(answer, 422, 'too_many_pixels')
    expect(detail).toContain('1001x1 = 1001 pixels')
    const allowed = optionsToQuery({ ...OPTIONS, scale: { width: 1000, height: 1 } })
    expect((await post(allowed, fixture('palette.png'))).status).toBe(200)
  })

  it('refuses a full-size result of more pixels than allowed', async () => {
    const query = optionsToQuery({ ...OPTIONS, scale: 'none' })
    await expectProblem(await post(query, fixture('lossy.webp')), 422, 'too_many_pixels')
  })
})

describe('POST /process with a decompression bomb', () => {
  it('answers too_many_pixels by the header alone', { timeout: 2000 }, async () => {
    const bomb = pngThatSays({ width: 60_000, height: 60_000 }, 30_000)
    await using other = await startOther({})
    const answer = await post(optionsToQuery(OPTIONS), bomb, {}, other.origin)
    const { detail } = await expectProblem(answer, 422, 'too_many_pixels')
    expect(detail).toContain('60000x60000 = 3600000000 pixels')
  })

  it('allows exactly the pixels of the limit', async () => {
    const pixels = 32 * 24
    await using exact = await startOther({ MAX_SOURCE_PIXELS: pixels })
    const query = optionsToQuery(OPTIONS)
    expect((await post(query, fixture('palette.png'), {}, exact.origin)).status).toBe(200)
    await using short = await startOther({ MAX_SOURCE_PIXELS: pixels - 1 })
    const answer = await post(query, fixture('palette.png'), {}, short.origin)
    await expectProblem(answer, 422, 'too_many_pixels')
  })
})

describe('POST /process with too many bytes', () => {
  const atTheLimit = fixture('progressive.jpg')
  const oneMore = Buffer.concat([atTheLimit, Buffer.from([0])])

  it('takes exactly the bytes of the limit, announced or chunked', async () => {
    const query = optionsToQuery(OPTIONS)
    expect((await post(query, atTheLimit)).status).toBe(200)
    expect((await post(query, chunked(atTheLimit))).status).toBe(200)
  })

  it('refuses one more, announced', async () => {
    const answer = await post(optionsToQuery(OPTIONS), oneMore)
    const { detail } = await expectProblem(answer, 413, 'payload_too_large')
    expect(detail).toContain(String(MAX_SOURCE_BYTES))
  })

  it('refuses one more, chunked', async () => {
    const answer = await post(optionsToQuery(OPTIONS), chunked(oneMore))
    await expectProblem(answer, 413, 'payload_too_large')
  })

  const megabytes = Buffer.alloc(8 * 1024 * 1024, 1)
  const announced = Buffer.concat([
    Buffer.from(`Content-Length: ${megabytes.length}\r\n\r\n`),
    megabytes,
  ])
  const inOneChunk = Buffer.concat([
    Buffer.from(`Transfer-Encoding: chunked\r\n\r\n${megabytes.length.toString(16)}\r\n`),
    megabytes,
    Buffer.from('\r\n0\r\n\r\n'),
  ])

  it.each([
    ['announced', announced],
    ['chunked', inOneChunk],
  ])('reaches a client that reads only after it sent megabytes, %s', async (_how, rest) => {
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    const head = `POST /process?${optionsToQuery(OPTIONS)} HTTP/1.1\r\nHost: image\r\n`
    const sent = Promise.withResolvers<void>()
    socket.once('error', sent.reject)
    socket.write(`${head}Connection: close\r\n`)
    socket.write(rest, () => sent.resolve())
    await sent.promise
    const answer = await text(socket)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('"code":"payload_too_large"')
  })
})

describe('POST /process when all slots are taken', () => {
  it('answers overloaded with Retry-After, and again 200 once a slot is free', async () => {
    await using busy = await startOther({ SLOTS: 1, QUEUE_PIXELS: 0 })
    const query = optionsToQuery(OPTIONS)
    const source = fixture('palette.png')
    const image = holdNextImage()
    const first = post(query, source, {}, busy.origin)
    await image.started

    const second = await post(query, source, {}, busy.origin)
    await expectProblem(second, 503, 'overloaded')
    expect(second.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)

    image.finish()
    expect((await first).status).toBe(200)
    expect((await post(query, source, {}, busy.origin)).status).toBe(200)
  })

  it('gives the slot back when an image fails', async () => {
    await using busy = await startOther({ SLOTS: 1, QUEUE_PIXELS: 0 })
    const query = optionsToQuery(OPTIONS)
    const cut = fixture('gray.jpg').subarray(0, 400)
    for (const _time of [1, 2]) {
      await expectProblem(await post(query, cut, {}, busy.origin), 422, 'undecodable_image')
    }
    expect((await post(query, fixture('palette.png'), {}, busy.origin)).status).toBe(200)
  })

  it('answers what waited in the queue, and refuses what the queue has no room for', async () => {
    await using busy = await startOther({ SLOTS: 1, QUEUE_PIXELS: 32 * 24 })
    const ask = () => post(optionsToQuery(OPTIONS), fixture('palette.png'), {}, busy.origin)
    const image = holdNextImage()
    const first = ask()
    await image.started
    const others = [ask(), ask()]
    // One of the two waits, whichever came first: only the other can be answered.
    await expectProblem((await Promise.race(others)).clone(), 503, 'overloaded')
    image.finish()
    const statuses = (await Promise.all([first, ...others])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 200, 503])
  })
})

describe('POST /process of a client that leaves while it waits', () => {
  it('gives its place in the queue to the next', async () => {
    const left = Promise.withResolvers<void>()
    const info = ({ status }: Record<string, unknown>) => {
      if (status === 499) left.resolve()
    }
    await using busy = await startOther({ SLOTS: 1, QUEUE_PIXELS: 32 * 24 }, { info, error: info })
    const ask = (signal: AbortSignal | null = null) =>
      post(optionsToQuery(OPTIONS), fixture('palette.png'), {}, busy.origin, signal)
    const image = holdNextImage()
    const first = ask()
    await image.started

    // One of the two waits, and the other is refused; then the one that waits leaves.
    const clients = [new AbortController(), new AbortController()]
    const asked = clients.map(async (client, which) => {
      const answer = await ask(client.signal)
      return { which, status: answer.status }
    })
    const refused = await Promise.race(asked)
    expect(refused.status).toBe(503)
    clients[1 - refused.which]?.abort()
    await expect(asked[1 - refused.which]).rejects.toThrow('aborted')
    await left.promise

    const next = ask()
    const after = ask()
    expect((await Promise.race([next, after])).status).toBe(503)
    image.finish()
    const statuses = (await Promise.all([first, next, after])).map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([200, 200, 503])
  })
})

describe('POST /process of an image that takes too long', () => {
  it('answers image_function_timeout, by the time it was started with', async () => {
    await using slow = await startOther({ PROCESS_TIMEOUT_MS: 4321 })
    vi.mocked(processFast).mockImplementationOnce(async (_source, _header, _options, deadline) => {
      expect(deadline.secondsLeft()).toBe(5)
      throw deadline.passed(undefined)
    })
    const query = optionsToQuery(OPTIONS)
    const answer = await post(query, fixture('palette.png'), {}, slow.origin)
    await expectProblem(answer, 504, 'image_function_timeout')
  })
})

describe('every other request', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'answers %s /process with method_not_allowed',
    async (method) => {
      const answer = await fetch(`${origin}/process`, { method })
      expect(answer.status).toBe(405)
      expect(answer.headers.get('Allow')).toBe('POST')
    },
  )

  it.each(['/', '/process/', '/image', '/results/abc'])(
    'answers %s with not_found',
    async (path) => {
      await expectProblem(await fetch(`${origin}${path}`), 404, 'not_found')
      const sent = await fetch(`${origin}${path}`, { method: 'POST', body: 'x' })
      await expectProblem(sent, 404, 'not_found')
    },
  )

  it.each(['/livez', '/readyz'])('answers %s with ok', async (path) => {
    const answer = await fetch(`${origin}${path}`)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('ok')
  })
})

function start(
  overrides: Partial<ImageConfig>,
  log: Logger = createLogger('image', 'silent'),
): Promise<RunningServer> {
  const config = { ...parseEnv(imageConfigSchema, {}), ...overrides }
  return serve(createImageApp(config, log), 0)
}

async function startOther(overrides: Partial<ImageConfig>, log?: Logger) {
  const other = await start(overrides, log)
  return {
    origin: `http://127.0.0.1:${other.port}`,
    [Symbol.asyncDispose]: () => other.drain(),
  }
}

/** Keeps the next image in its slot until told otherwise. */
function holdNextImage() {
  const started = Promise.withResolvers<void>()
  const finish = Promise.withResolvers<void>()
  vi.mocked(processFast).mockImplementationOnce(async (...parameters) => {
    started.resolve()
    await finish.promise
    return processFast(...parameters)
  })
  return { started: started.promise, finish: finish.resolve }
}

function post(
  query: string,
  body: Buffer | ReadableStream,
  headers: Record<string, string> = {},
  to = origin,
  signal: AbortSignal | null = null,
): Promise<Response> {
  const init = {
    signal,
    method: 'POST',
    body: body as NonNullable<RequestInit['body']>,
    headers,
    duplex: 'half',
  } as const
  return fetch(`${to}/process?${query}`, init)
}

/** A body that announces no length. */
function chunked(bytes: Buffer): ReadableStream {
  return new Blob([new Uint8Array(bytes)]).stream()
}

function without(name: string): string {
  const query = new URLSearchParams(optionsToQuery(OPTIONS))
  query.delete(name)
  return query.toString()
}

async function expectProblem(answer: Response, status: number, code: string) {
  const problem = (await answer.json()) as { detail: string }
  expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  expect(problem).toEqual({
    type: expect.stringContaining(code),
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code,
    requestId: answer.headers.get('X-Request-Id'),
  })
  expect(answer.status).toBe(status)
  return problem
}
