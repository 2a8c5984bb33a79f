import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import type { Logger } from '../runtime/logger.ts'
import { connectTo } from '../runtime/test-socket.ts'
import { type Api, PICTURE, RESULT, startApi } from './test-api.ts'
import { answerResult } from './test-image-answer.ts'
import { type Origin, startOrigin } from './test-origin.ts'
import { grayPng } from './test-picture.ts'
import { sha256Of } from './test-result.ts'

const PRIVATE = { SOURCE_ALLOW_PRIVATE: 'true' }
const OTHER = grayPng(401, 300)

/** An api that may download from loopback, with a clock of the test. */
async function startOnLoopback(
  env: Record<string, string> = {},
  log?: Logger,
  answer?: (response: ServerResponse) => void,
) {
  let nowMs = Date.parse('2026-11-25T12:00:00Z')
  const api = await startApi({
    env: { ...PRIVATE, ...env },
    ...(log && { log }),
    ...(answer && { answer }),
    downloads: {
      resolveName: async () => ['127.0.0.1'],
      nowMs: () => nowMs,
    },
  })
  const pass = (seconds: number) => {
    nowMs += seconds * 1000
  }
  return Object.assign(api, { pass })
}

const answering =
  (headers: Record<string, string> = {}, picture: Uint8Array = PICTURE): RequestListener =>
  (request, response) => {
    const { etag = '' } = headers
    const isKnown = etag !== '' && request.headers['if-none-match'] === etag
    response.writeHead(isKnown ? 304 : 200, headers).end(isKnown ? '' : picture)
  }

/** An origin whose answer can be changed, and which remembers what it was asked. */
async function startPictures(first: RequestListener = answering()) {
  let listener = first
  const requests: IncomingMessage[] = []
  const origin = await startOrigin((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  const answer = (next: RequestListener) => {
    listener = next
  }
  return Object.assign(origin, { requests, answer })
}

function get(api: Api, origin: Pick<Origin, 'url'>, query = '', init: RequestInit = {}) {
  return api.ask(
    `/image?url=${encodeURIComponent(`${origin.url}/a.png?token=secret`)}${query}`,
    init,
  )
}

function post(api: Api, url: unknown, query = '', headers: Record<string, string> = {}) {
  return api.ask(`/image${query}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ url }),
  })
}

describe('an image by its URL', () => {
  it('has the same result under the same key as its bytes', async () => {
    await using origin = await startPictures()
    await using api = await startOnLoopback()
    const byBytes = await api.post()
    for (const answer of [await post(api, `${origin.url}/a.png`), await get(api, origin)]) {
      expect(answer.status).toBe(200)
      for (const name of ['ETag', 'Content-Location', 'Content-Type', 'Image-Source']) {
        expect(answer.headers.get(name)).toBe(byBytes.headers.get(name))
      }
      expect(answer.headers.get('Cache-Status')).toBe('image-api; hit')
      expect(await answer.bytes()).toEqual(new Uint8Array(RESULT.bytes))
    }
    expect(api.calls()).toBe(1)
  })

  it('is processed with the options and the preset of the query', async () => {
    await using origin = await startPictures()
    await using api = await startOnLoopback()
    const etags = new Set<string | null>()
    for (const query of ['', '&scale=64x64', '&preset=clip-224', '&preset=clip-224&format=png']) {
      const got = await get(api, origin, query)
      const posted = await post(api, `${origin.url}/a.png`, query.replace('&', '?'))
      expect(got.headers.get('ETag')).toBe(posted.headers.get('ETag'))
      etags.add(got.headers.get('ETag'))
    }
    expect(etags.size).toBe(4)
  })

  it('says how long the download took', async () => {
    await using origin = await startPictures()
    await using api = await startOnLoopback()
    const { headers } = await get(api, origin)
    expect(headers.get('Server-Timing')).toMatch(/^fetch;dur=[\d.]+, forward;dur=[\d.]+/)
  })

  it.each([
    ['scale=64', 'Option scale is'],
    ['url=https://example.org/b.jpg', 'The url is given more than once; give it once.'],
    ['size=1', 'There is no option "size"'],
  ])('is not downloaded with a wrong query: %s', async (query, sentence) => {
    await using origin = await startPictures()
    await using api = await startOnLoopback()
    const answer = await get(api, origin, `&${query}`)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(await answer.json()).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining(sentence),
    })
    expect(origin.connections()).toBe(0)
  })

  it.each([
    ['that is announced, of which nothing is downloaded', { 'Content-Length': '1000000' }, 1],
    ['that arrives, which is not downloaded to its end', {}, 60_000],
  ])('is overloaded when others leave no room for what %s', async (_, headers, bytes) => {
    await using origin = await startPictures((_, response) => {
      response.writeHead(200, headers).write(Buffer.alloc(bytes))
    })
    await using api = await startOnLoopback({ QUEUE_BYTES: '130000' })
    const upload = await connectTo(api.port)
    upload.write('POST /image HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n')
    upload.write(Buffer.alloc(50_000))
    await vi.waitFor(async () => {
      const answer = await get(api, origin, '', { signal: AbortSignal.timeout(500) })
      expect(await answer.json()).toMatchObject({ code: 'overloaded', status: 503 })
      expect(answer.headers.get('Retry-After')).toBe('1')
    })
    await vi.waitFor(() => expect(origin.open()).toBe(0))
    upload.destroy()
  })

  it('has to be named', async () => {
    await using api = await startOnLoopback()
    for (const query of ['', '?scale=64x64']) {
      expect(await (await api.ask(`/image${query}`)).json()).toMatchObject({
        code: 'invalid_request',
        detail: expect.stringContaining('No source is named; add ?url='),
      })
    }
  })

  it('needs no option where a client may not ask for any', async () => {
    await using origin = await startPictures()
    await using api = await startOnLoopback({ CLIENT_OPTIONS: 'refuse' })
    expect((await get(api, origin)).status).toBe(200)
    const refused = await get(api, origin, '&scale=1024x768')
    expect(await refused.json()).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining('leave out all of the query but a url'),
    })
  })

  it.each([
    ['a page', Buffer.from('<!doctype html>'), 'unsupported_media_type', 415],
    ['more pixels than allowed', grayPng(1000, 1000), 'too_many_pixels', 422],
    ['more bytes than allowed', Buffer.alloc(10_001), 'payload_too_large', 413],
  ])('that is %s is refused, and not remembered', async (_, bytes, code, status) => {
    await using origin = await startPictures(answering({ 'cache-control': 'max-age=60' }, bytes))
    const limits = { MAX_SOURCE_PIXELS: '999999', MAX_SOURCE_BYTES: '10000' }
    await using api = await startOnLoopback(limits)
    const answer = await get(api, origin)
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(await answer.json()).toMatchObject({ code, status })
    origin.answer(answering())
    expect((await get(api, origin)).status).toBe(200)
    expect(api.calls()).toBe(1)
  })

  it('is kept with KEEP_SOURCES like one that was sent', async () => {
    await using origin = await startPictures()
    await using api = await startOnLoopback({ KEEP_SOURCES: 'true' })
    await get(api, origin)
    const sha256 = sha256Of(Buffer.from(PICTURE))
    expect((await api.ask(`/sources/${sha256}`, { method: 'HEAD' })).status).toBe(200)
  })

  it('is answered to a HEAD without the body', async () => {
    await using origin = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    await using api = await startOnLoopback()
    const head = await get(api, origin, '', { method: 'HEAD' })
    const got = await get(api, origin)
    for (const name of ['ETag', 'Content-Length', 'Content-Type', 'Cache-Control']) {
      expect(head.headers.get(name)).toBe(got.headers.get(name))
    }
    expect(head.headers.get('Content-Length')).toBe(String(RESULT.bytes.length))
    expect(await head.text()).toBe('')
  })
})

describe('what is remembered of a URL', () => {
  it('answers without a download while the source is fresh', async () => {
    await using origin = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    await using api = await startOnLoopback()
    const first = await get(api, origin)
    api.pass(59)
    const second = await get(api, origin)
    expect(second.headers.get('Cache-Status')).toBe('image-api; hit')
    expect(second.headers.get('ETag')).toBe(first.headers.get('ETag'))
    expect(first.headers.get('Cache-Control')).toBe('max-age=60')
    expect(second.headers.get('Cache-Control')).toBe('max-age=1')
    // Other options need the bytes again.
    expect((await get(api, origin, '&scale=64x64')).status).toBe(200)
    expect(origin.requests).toHaveLength(2)
  })

  it.each([
    ['ETag', { etag: '"1"' }, { 'if-none-match': '"1"' }],
    ['a weak ETag', { etag: 'W/"1"' }, { 'if-none-match': 'W/"1"' }],
    [
      'ETag before Last-Modified',
      { etag: '"1"', 'last-modified': 'Wed, 25 Nov 2026 11:00:00 GMT' },
      { 'if-none-match': '"1"' },
    ],
  ] as const)('asks with %s whether it has changed after that', async (_, validators, asked) => {
    await using origin = await startPictures(
      answering({ ...validators, 'cache-control': 'max-age=60' }),
    )
    await using api = await startOnLoopback()
    const first = await get(api, origin)
    api.pass(60)
    const second = await get(api, origin)
    expect(second.headers.get('ETag')).toBe(first.headers.get('ETag'))
    expect(second.headers.get('Cache-Status')).toBe('image-api; hit')
    // What the 304 says makes it fresh again.
    expect(second.headers.get('Cache-Control')).toBe('max-age=60')
    await get(api, origin)
    expect(origin.requests).toHaveLength(2)
    expect(origin.requests[0]?.headers).not.toHaveProperty('if-none-match')
    expect(origin.requests[1]?.headers).toMatchObject(asked)
    expect(api.calls()).toBe(1)
  })

  it('asks with Last-Modified where that is all', async () => {
    const date = 'Wed, 25 Nov 2026 11:00:00 GMT'
    await using origin = await startPictures((request, response) => {
      const isKnown = request.headers['if-modified-since'] === date
      response.writeHead(isKnown ? 304 : 200, { 'Last-Modified': date })
      response.end(isKnown ? '' : PICTURE)
    })
    await using api = await startOnLoopback()
    await get(api, origin)
    const second = await get(api, origin)
    expect(second.headers.get('Cache-Status')).toBe('image-api; hit')
    expect(second.headers.get('Cache-Control')).toBe('max-age=0')
    expect(origin.requests[1]?.headers).toHaveProperty('if-modified-since')
  })

  it('gives way to a source that has changed', async () => {
    await using origin = await startPictures(answering({ etag: '"1"' }))
    await using api = await startOnLoopback()
    const first = await get(api, origin)
    origin.answer(answering({ etag: '"2"' }, OTHER))
    const second = await get(api, origin)
    expect(second.headers.get('ETag')).not.toBe(first.headers.get('ETag'))
    expect(await (await get(api, origin)).bytes()).toEqual(await second.bytes())
    expect(api.calls()).toBe(2)
    expect(origin.requests[2]?.headers['if-none-match']).toBe('"2"')
  })

  it.each(['no-store', 'private, max-age=60'])('is nothing with %s', async (cacheControl) => {
    await using origin = await startPictures(
      answering({ etag: '"1"', 'cache-control': cacheControl }),
    )
    await using api = await startOnLoopback()
    for (const times of [1, 2]) {
      const answer = await get(api, origin)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
      expect(origin.requests).toHaveLength(times)
    }
    expect(origin.requests[1]?.headers).not.toHaveProperty('if-none-match')
  })

  it.each(['no-store', 'private, max-age=60'])(
    'is nothing when a redirect on the way says %s',
    async (cacheControl) => {
      await using origin = await startPictures((request, response) => {
        const isFirst = request.url?.startsWith('/a.png')
        if (isFirst)
          response.writeHead(302, { Location: '/b.png', 'Cache-Control': cacheControl }).end()
        else response.writeHead(200, { ETag: '"1"', 'Cache-Control': 'max-age=60' }).end(PICTURE)
      })
      await using api = await startOnLoopback()
      for (const times of [2, 4]) {
        expect((await get(api, origin)).headers.get('Cache-Control')).toBe('no-store')
        expect(origin.requests).toHaveLength(times)
      }
      expect(origin.requests[3]?.headers).not.toHaveProperty('if-none-match')
    },
  )

  it('is forgotten once the source says no-store', async () => {
    await using origin = await startPictures(answering({ etag: '"1"' }))
    await using api = await startOnLoopback()
    await get(api, origin)
    origin.answer(answering({ 'cache-control': 'no-store' }, OTHER))
    await get(api, origin)
    await get(api, origin)
    expect(origin.requests[2]?.headers).not.toHaveProperty('if-none-match')
  })

  it('is not believed where there is no result: the source is downloaded again', async () => {
    await using origin = await startPictures(
      answering({ etag: '"1"', 'cache-control': 'max-age=60' }),
    )
    await using api = await startOnLoopback({ STORE: 'none' })
    const first = await get(api, origin)
    const second = await get(api, origin)
    expect(second.headers.get('ETag')).toBe(first.headers.get('ETag'))
    expect(await second.bytes()).toEqual(new Uint8Array(RESULT.bytes))
    expect(origin.requests).toHaveLength(2)
    expect(origin.requests[1]?.headers).not.toHaveProperty('if-none-match')
    // Once to hear that nothing has changed, once for the bytes.
    api.pass(60)
    expect((await get(api, origin)).status).toBe(200)
    expect(origin.requests).toHaveLength(4)
  })

  it('is not believed where the source has changed meanwhile: the result is of what there is', async () => {
    await using origin = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    await using api = await startOnLoopback({ STORE: 'none' })
    const first = await get(api, origin)
    origin.answer(answering({ 'cache-control': 'max-age=60' }, OTHER))
    const both = await Promise.all([get(api, origin), get(api, origin)])
    const expected = await api.post(new Uint8Array(OTHER))
    for (const second of both) {
      expect(second.status).toBe(200)
      expect(second.headers.get('ETag')).not.toBe(first.headers.get('ETag'))
      expect(second.headers.get('ETag')).toBe(expected.headers.get('ETag'))
    }
    expect(origin.requests).toHaveLength(2)
  })

  it('needs no download where the source is kept', async () => {
    await using origin = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    await using api = await startOnLoopback({ KEEP_SOURCES: 'true' })
    await get(api, origin)
    expect((await get(api, origin, '&scale=64x64')).status).toBe(200)
    expect(origin.requests).toHaveLength(1)
    expect(api.calls()).toBe(2)
  })

  it('is fresh as long as every redirect on the way', async () => {
    await using origin = await startPictures((request, response) => {
      const isFirst = request.url?.startsWith('/a.png')
      if (isFirst)
        response.writeHead(302, { Location: '/b.png', 'Cache-Control': 'max-age=10' }).end()
      else answering({ etag: '"1"', 'cache-control': 'max-age=60' })(request, response)
    })
    await using api = await startOnLoopback()
    expect((await get(api, origin)).headers.get('Cache-Control')).toBe('max-age=10')
    api.pass(10)
    await get(api, origin)
    const asked = origin.requests.map(({ url, headers }) => [url, headers['if-none-match']])
    expect(asked).toEqual([
      ['/a.png?token=secret', undefined],
      ['/b.png', undefined],
      // Only who gave the tag is asked for it.
      ['/a.png?token=secret', undefined],
      ['/b.png', '"1"'],
    ])
  })

  it('is not believed from a 304 that was not asked for', async () => {
    await using origin = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    await using api = await startOnLoopback()
    await get(api, origin)
    origin.answer((_, response) => response.writeHead(304).end())
    api.pass(60)
    expect(await (await get(api, origin)).json()).toMatchObject({
      code: 'source_unreachable',
      detail: expect.stringContaining('answered 304'),
    })
  })

  it('is not believed from a redirect that now leads elsewhere', async () => {
    let to = '/b.png'
    await using origin = await startPictures((request, response) => {
      const isFirst = request.url?.startsWith('/a.png')
      if (isFirst) response.writeHead(302, { Location: to }).end()
      else response.writeHead(request.url === '/b.png' ? 200 : 304, { ETag: '"1"' }).end(PICTURE)
    })
    await using api = await startOnLoopback()
    expect((await get(api, origin)).status).toBe(200)
    to = '/c.png'
    expect(await (await get(api, origin)).json()).toMatchObject({
      code: 'source_unreachable',
      detail: expect.stringContaining('answered 304'),
    })
  })
})

describe('a source that is known, of which only a description is remembered,', () => {
  /** An image function that answers its second call when the test lets it. */
  async function startWithKnown() {
    const may = Promise.withResolvers<void>()
    const origin = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    let called = 0
    const api = await startOnLoopback({}, undefined, async (response) => {
      called++
      if (called > 1) await may.promise
      answerResult(response)
    })
    await get(api, origin)
    return {
      origin,
      api,
      answer: may.resolve,
      async [Symbol.asyncDispose]() {
        may.resolve()
        await api[Symbol.asyncDispose]()
        await origin[Symbol.asyncDispose]()
      },
    }
  }

  it('is not downloaded for those who ask for a result that is being made', async () => {
    await using known = await startWithKnown()
    const { api, origin } = known
    const first = get(api, origin, '&scale=64x64')
    await vi.waitFor(() => expect(api.calls()).toBe(2))
    const others = Array.from({ length: 3 }, () => get(api, origin, '&scale=64x64'))
    // When they have joined: each of them waits for nothing else.
    await (await get(api, origin)).bytes()
    known.answer()
    for (const answer of await Promise.all([first, ...others])) expect(answer.status).toBe(200)
    expect(origin.requests).toHaveLength(2)
    expect(api.calls()).toBe(2)
  })

  it.each([
    ['gone', (_: unknown, response: ServerResponse) => response.writeHead(404).end(), 502],
    ['changed', answering({}, OTHER), 200],
  ])(
    'and is %s by now harms nobody who sends the same picture meanwhile',
    async (_, now, status) => {
      await using known = await startWithKnown()
      const { api, origin } = known
      known.answer()
      const mayAnswer = Promise.withResolvers<void>()
      origin.answer(async (request, response) => {
        await mayAnswer.promise
        now(request, response)
      })
      const byUrl = get(api, origin, '&scale=64x64')
      await vi.waitFor(() => expect(origin.requests).toHaveLength(2))
      const sent = api.ask('/image?scale=64x64', { method: 'POST', body: PICTURE })
      expect((await sent).status).toBe(200)
      mayAnswer.resolve()
      expect((await byUrl).status).toBe(status)
    },
  )
})

describe('GET /image for who has the result', () => {
  it('is 304 without a download while the source is fresh', async () => {
    await using origin = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    await using api = await startOnLoopback()
    const etag = (await get(api, origin)).headers.get('ETag') ?? ''
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await get(api, origin, '', { headers: { 'If-None-Match': tag } })
      expect(again.status).toBe(304)
      expect(again.headers.get('ETag')).toBe(etag)
      expect(again.headers.get('Cache-Control')).toBe('max-age=60')
      expect(await again.text()).toBe('')
    }
    expect(origin.requests).toHaveLength(1)
  })

  it('is 304 without processing where the source has to be downloaded', async () => {
    await using origin = await startPictures()
    await using api = await startOnLoopback({ STORE: 'none' })
    const etag = (await get(api, origin)).headers.get('ETag') ?? ''
    const again = await get(api, origin, '', { headers: { 'If-None-Match': etag } })
    expect(again.status).toBe(304)
    expect(api.calls()).toBe(1)
  })

  it('is 200 where the result would be another', async () => {
    await using origin = await startPictures(answering({ 'cache-control': 'max-age=60' }))
    await using api = await startOnLoopback()
    const headers = { 'If-None-Match': (await get(api, origin)).headers.get('ETag') ?? '' }
    expect((await get(api, origin, '&scale=64x64', { headers })).status).toBe(200)
    expect((await post(api, `${origin.url}/a.png`, '', headers)).status).toBe(200)
  })
})

describe('many who ask for one URL', () => {
  it('share one download and one piece of work', async () => {
    // Until all have asked.
    await using origin = await startPictures((request, response) => {
      setTimeout(() => answering()(request, response), 500)
    })
    await using api = await startOnLoopback()
    const answers = await Promise.all(Array.from({ length: 30 }, () => get(api, origin)))
    for (const answer of answers) {
      expect(await answer.bytes()).toEqual(new Uint8Array(RESULT.bytes))
    }
    expect(origin.requests).toHaveLength(1)
    expect(api.calls()).toBe(1)
  })

  it('end the download when the last one leaves, and not before', async () => {
    const asked = Promise.withResolvers<void>()
    await using origin = await startPictures(() => asked.resolve())
    await using api = await startOnLoopback()
    const clients = [new AbortController(), new AbortController()]
    const answers = clients.map(({ signal }) => get(api, origin, '', { signal }))
    const gone = Promise.all(answers.map((answer) => expect(answer).rejects.toThrow('aborted')))
    await asked.promise
    clients[0]?.abort()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(origin.open()).toBe(1)
    clients[1]?.abort()
    await gone
    await vi.waitFor(() => expect(origin.open()).toBe(0))
    expect(api.calls()).toBe(0)
  })
})

describe('a URL that leads back to the service', () => {
  it.each([
    ['Via', '1.1 image-preprocessing'],
    ['Via', '1.0 fred, 1.1 Image-Preprocessing (x), 1.1 p.example'],
    ['User-Agent', 'image-preprocessing/0.1'],
  ])('is not downloaded for a download: %s: %s', async (name, value) => {
    await using origin = await startPictures()
    await using api = await startOnLoopback()
    const headers = { [name]: value }
    for (const answer of [
      await get(api, origin, '', { headers }),
      await post(api, origin.url, '', headers),
    ]) {
      expect(await answer.json()).toMatchObject({
        code: 'forbidden_source',
        detail: expect.stringContaining('the URL leads back to it'),
      })
    }
    expect(origin.connections()).toBe(0)
  })

  it.each(['1.1 proxy.example', '1.1 image-preprocessing.example, 1.1 other'])(
    'is not what another Via says: %s',
    async (Via) => {
      await using origin = await startPictures()
      await using api = await startOnLoopback()
      expect((await get(api, origin, '', { headers: { Via } })).status).toBe(200)
    },
  )

  it('ends after one turn, also where the way back is a redirect', async () => {
    await using api = await startOnLoopback()
    const itself = `http://127.0.0.1:${api.port}/image`
    await using origin = await startPictures((_, response) => {
      response.writeHead(302, { Location: `${itself}?url=${encodeURIComponent(origin.url)}` }).end()
    })
    expect(await (await get(api, origin)).json()).toMatchObject({
      code: 'source_unreachable',
      detail: expect.stringContaining('answered 403'),
    })
    expect(origin.requests).toHaveLength(1)
    expect((await post(api, `${itself}?url=${encodeURIComponent(itself)}`)).status).toBe(502)
  })
})

describe('the log of a URL', () => {
  it('has the scheme and the host, and nothing else of it', async () => {
    const log = { info: vi.fn(), error: vi.fn() }
    await using origin = await startPictures((request, response) => {
      if (request.url?.includes('b.png')) answering()(request, response)
      else response.writeHead(302, { Location: '/b.png?token=secret' }).end('secret')
    })
    await using broken = await startPictures((_, response) => {
      response.socket?.end('HTTP/1.1 secret\r\n\r\nsecret')
    })
    await using api = await startOnLoopback({}, log)
    await get(api, origin)
    await get(api, broken)
    await post(api, 'https://user:secret@secret.example/secret?secret')
    await using luring = await startPictures((_, response) => {
      response.writeHead(302, { Location: 'http://169.254.169.254/secret?secret' }).end()
    })
    await get(api, luring)
    await vi.waitFor(() => expect(log.info).toHaveBeenCalledTimes(4))
    const lines = log.info.mock.calls.map(([line]) => line)
    expect(lines[0]).toMatchObject({ path: '/image', sourceHost: origin.url })
    const reason = expect.stringMatching(/^HPE_/)
    expect(lines[1]).toMatchObject({ sourceHost: broken.url, code: 'source_unreachable', reason })
    expect(lines[3]).toMatchObject({ sourceHost: luring.url, code: 'forbidden_source' })
    expect(lines[3].reason).toMatch(/^169\.254\.169\.254: /)
    // Where a stranger's URL leads is no failure of the service.
    expect(log.error).not.toHaveBeenCalled()
    const all = JSON.stringify(lines)
    expect(all.replaceAll('secret.example', '')).not.toContain('secret')
  })
})
