import { describe, expect, it, vi } from 'vitest'
import { connectTo } from '../runtime/test-socket.ts'
import { PICTURE, RESULT } from './test-api.ts'
import { grayPng } from './test-picture.ts'
import { sha256Of } from './test-result.ts'
import { answering, get, post, startOnLoopback, startPictures } from './test-url-image.ts'

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
    ['blur=1', 'layout, mean, std, preset, url.'],
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
