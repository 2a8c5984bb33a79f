import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { optionsToQuery } from '../contract/options-query.ts'
import { ProblemError } from '../contract/problem.ts'
import { expectProblem, OPTIONS, post, startApp, type TestApp } from './test-app.ts'
import { fixture } from './test-picture.ts'
import { pngThatSays } from './test-png.ts'
import { asWork } from './test-process.ts'

const MAX_SOURCE_BYTES = fixture('progressive.jpg').length
const QUERY = optionsToQuery(OPTIONS)

let app: TestApp

beforeAll(async () => {
  app = await startApp({ MAX_SOURCE_BYTES, MAX_RESULT_PIXELS: 1000 })
})

afterAll(() => app[Symbol.asyncDispose]())

describe('POST /process', () => {
  it.each(['exact', 'fast'] as const)(
    'answers with the result and what it says about itself, mode=%s',
    async (mode) => {
      const headers = { 'X-Request-Id': 'a-request.1' }
      const answer = await post(app, fixture('orientation-6.jpg'), { options: { mode }, headers })
      expect(answer.status).toBe(200)
      const bytes = Buffer.from(await answer.arrayBuffer())
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'image/png',
        'content-length': String(bytes.length),
        'image-source': 'width=24, height=32, format="jpeg", orientation=6',
        'image-result': `width=16, height=12, channels=1, depth=8, mode="${mode}"`,
        'image-geometry': 'scale-x="2", scale-y="2", offset-x="0", offset-y="0"',
        'server-timing': expect.stringMatching(
          /^receive;dur=\d+\.\d, queue;dur=\d+\.\d, process;dur=\d+\.\d(, image-start;dur=\d+\.\d)?$/,
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
    },
  )

  it.each([
    ['png', 'image/png', 1, ''],
    ['jpeg', 'image/jpeg', 1, ''],
    ['webp', 'image/webp', 3, ''],
    ['npy', 'application/x-npy', 1, ', shape=(12 16), dtype="uint8", layout="hwc"'],
    ['raw', 'application/octet-stream', 1, ', shape=(12 16), dtype="uint8", layout="hwc"'],
  ] as const)('answers a %s as %s', async (format, type, channels, tensor) => {
    const answer = await post(app, fixture('palette.png'), { options: { format } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe(type)
    const expected = `width=16, height=12, channels=${channels}, depth=8, mode="exact"${tensor}`
    expect(answer.headers.get('Image-Result')).toBe(expected)
    const bytes = await answer.arrayBuffer()
    expect(answer.headers.get('Content-Length')).toBe(String(bytes.byteLength))
    if (format === 'raw') expect(bytes.byteLength).toBe(16 * 12)
  })

  it('says which mode made the result, and where it lies in the source', async () => {
    // Enlarged, so that the work is done by the exact mode.
    const options = { mode: 'fast', fit: 'cover', scale: { width: 30, height: 30 } } as const
    const answer = await post(app, fixture('palette.png'), { options })
    expect(answer.headers.get('Image-Result')).toContain('mode="exact"')
    expect(answer.headers.get('Image-Geometry')).toBe(
      'scale-x="0.8", scale-y="0.8", offset-x="4", offset-y="0"',
    )
  })

  it('describes a tensor of floats', async () => {
    const options = { format: 'raw', dtype: 'float32', layout: 'chw', grayscale: false } as const
    const answer = await post(app, fixture('palette.png'), { options })
    expect(answer.headers.get('Image-Result')).toBe(
      'width=16, height=12, channels=3, depth=32, mode="exact", ' +
        'shape=(3 12 16), dtype="float32", layout="chw"',
    )
    expect((await answer.arrayBuffer()).byteLength).toBe(3 * 12 * 16 * 4)
  })

  it.each([
    ['no options', ''],
    ['a missing option', without('icc')],
    ['an undecided format', optionsToQuery({ ...OPTIONS, format: 'source' })],
    ['an undecided mode', optionsToQuery({ ...OPTIONS, mode: 'auto' })],
    ['another order', `${without('scale')}&scale=16x12`],
    ['an option twice', `${QUERY}&scale=16x12`],
    ['an unknown option', `${QUERY}&blur=3`],
    ['another spelling', QUERY.replace('scale=16x12', 'scale=16%7812')],
    ['another case', QUERY.replace('fit=fill', 'fit=Fill')],
    ['a trailing ampersand', `${QUERY}&`],
    ['a size out of range', QUERY.replace('16x12', '0x12')],
    ['numbers for a model in a png', QUERY.replace('dtype=uint8', 'dtype=float32')],
    ['planes in a png', QUERY.replace('layout=hwc', 'layout=chw')],
    ['a mean of uint8', optionsToQuery({ ...OPTIONS, format: 'npy', mean: [0.5] })],
    ['a short side of a scale that is no square', QUERY.replace('fit=fill', 'fit=short-side')],
  ])('refuses %s', async (_what, query) => {
    const answer = await post(app, fixture('palette.png'), { query })
    await expectProblem(answer, 400, 'invalid_request')
  })

  it.each([
    ['no body', Buffer.alloc(0), 400, 'invalid_request'],
    ['text', Buffer.from('hello'), 415, 'unsupported_media_type'],
    ['an SVG', fixture('vector.svg'), 415, 'unsupported_media_type'],
    ['a cut JPEG', fixture('gray.jpg').subarray(0, 400), 422, 'undecodable_image'],
    ['a cut header', fixture('gray.jpg').subarray(0, 60), 422, 'undecodable_image'],
  ])('refuses %s', async (_what, body, status, code) => {
    await expectProblem(await post(app, body), status, code)
  })

  it('refuses a result of more pixels than allowed', async () => {
    const ask = (width: number) =>
      post(app, fixture('palette.png'), { options: { scale: { width, height: 1 } } })
    const { detail } = await expectProblem(await ask(1001), 422, 'too_many_pixels')
    expect(detail).toContain('1001x1 = 1001 pixels')
    expect((await ask(1000)).status).toBe(200)
  })

  it('counts the pixels of the crop, not those of what it is cut from', async () => {
    const scale = { width: 2000, height: 2000 }
    const ask = (height: number) =>
      post(app, fixture('palette.png'), { options: { scale, crop: { width: 25, height } } })
    await expectProblem(await ask(41), 422, 'too_many_pixels')
    expect((await ask(40)).status).toBe(200)
  })

  it('refuses a full-size result of more pixels than allowed', async () => {
    const answer = await post(app, fixture('lossy.webp'), { options: { scale: 'none' } })
    await expectProblem(answer, 422, 'too_many_pixels')
  })
})

describe('POST /process with a decompression bomb', () => {
  it('answers too_many_pixels by the header alone', { timeout: 2000 }, async () => {
    const bomb = pngThatSays({ width: 60_000, height: 60_000 }, 30_000)
    await using other = await startApp()
    const answer = await post(other, bomb)
    const { detail } = await expectProblem(answer, 422, 'too_many_pixels')
    expect(detail).toContain('60000x60000 = 3600000000 pixels')
  })

  it('allows exactly the pixels of the limit', async () => {
    const pixels = 32 * 24
    await using exact = await startApp({ MAX_SOURCE_PIXELS: pixels })
    expect((await post(exact, fixture('palette.png'))).status).toBe(200)
    await using short = await startApp({ MAX_SOURCE_PIXELS: pixels - 1 })
    await expectProblem(await post(short, fixture('palette.png')), 422, 'too_many_pixels')
  })
})

describe('POST /process with too many bytes', () => {
  const atTheLimit = fixture('progressive.jpg')
  const oneMore = Buffer.concat([atTheLimit, Buffer.from([0])])

  it('takes exactly the bytes of the limit, announced or chunked', async () => {
    expect((await post(app, atTheLimit)).status).toBe(200)
    expect((await post(app, chunked(atTheLimit))).status).toBe(200)
  })

  it('refuses one more, announced', async () => {
    const { detail } = await expectProblem(await post(app, oneMore), 413, 'payload_too_large')
    expect(detail).toContain(String(MAX_SOURCE_BYTES))
  })

  it('refuses a body that would fill the memory, one byte too long and chunked', async () => {
    await expectProblem(await post(app, chunked(oneMore)), 413, 'payload_too_large')
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
    const socket = connect(app.port, '127.0.0.1')
    await once(socket, 'connect')
    const head = `POST /process?${QUERY} HTTP/1.1\r\nHost: image\r\n`
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

describe('POST /process of an image that fails', () => {
  it('answers the problem that it ends in', async () => {
    const detail = 'Processing took more than 4321 ms and was given up.'
    await using slow = await startApp({}, () =>
      asWork(Promise.reject(new ProblemError('image_function_timeout', detail))),
    )
    const answer = await post(slow, fixture('palette.png'))
    expect(await expectProblem(answer, 504, 'image_function_timeout')).toMatchObject({ detail })
  })

  it('answers internal to a bug, which only the log tells of', async () => {
    const logged = Promise.withResolvers<Record<string, unknown>>()
    const log = { info: logged.resolve, error: logged.resolve }
    const fail = () => asWork(Promise.reject(new Error('a secret')))
    await using broken = await startApp({}, fail, log)
    const answer = await post(broken, fixture('palette.png'))
    expect(JSON.stringify(await expectProblem(answer, 500, 'internal'))).not.toContain('secret')
    const err = expect.objectContaining({ message: 'a secret' })
    expect(await logged.promise).toMatchObject({ err })
  })
})

describe('every other request', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'answers %s /process with method_not_allowed',
    async (method) => {
      const answer = await fetch(`${app.origin}/process`, { method })
      expect(answer.status).toBe(405)
      expect(answer.headers.get('Allow')).toBe('POST')
    },
  )

  it.each(['/', '/process/', '/image', '/results/abc'])(
    'answers %s with not_found',
    async (path) => {
      await expectProblem(await fetch(`${app.origin}${path}`), 404, 'not_found')
      const sent = await fetch(`${app.origin}${path}`, { method: 'POST', body: 'x' })
      await expectProblem(sent, 404, 'not_found')
    },
  )

  it.each(['/livez', '/readyz'])('answers %s with ok', async (path) => {
    const answer = await fetch(`${app.origin}${path}`)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('ok')
  })
})

/** A body that announces no length. */
function chunked(bytes: Buffer): ReadableStream {
  return new Blob([new Uint8Array(bytes)]).stream()
}

function without(name: string): string {
  const query = new URLSearchParams(QUERY)
  query.delete(name)
  return query.toString()
}
