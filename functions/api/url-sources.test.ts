import type { ServerResponse } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { PICTURE, RESULT } from './test-api.ts'
import { answerResult } from './test-image-answer.ts'
import { answering, get, OTHER, startOnLoopback, startPictures } from './test-url-image.ts'

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
