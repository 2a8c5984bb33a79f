import { describe, expect, it } from 'vitest'
import { PICTURE, startApi } from './test-api.ts'
import { startOrigin } from './test-origin.ts'

describe('a source that is no image', () => {
  it.each([
    ['an HTML page', '<!doctype html><title>A photo</title>'],
    ['a text with a secret in it', 'password=1234'],
  ])('at a URL is what is there and not what was sent, the same for all: %s', async (_, body) => {
    await using origin = await startOrigin((_, response) => response.end(body))
    await using api = await startApi({ env: { SOURCE_ALLOW_PRIVATE: 'true' } })
    const named = { method: 'POST', body: JSON.stringify({ url: origin.url }) }
    const headers = { 'Content-Type': 'application/json' }
    for (const answer of [
      await api.ask(`/image?url=${encodeURIComponent(origin.url)}`),
      await api.ask('/image', { ...named, headers }),
    ]) {
      expect(await answer.json()).toMatchObject({
        status: 415,
        code: 'unsupported_media_type',
        detail:
          'What is at the URL is not an image this service reads, as an HTML page is not; name the URL ' +
          'of the file itself: JPEG, PNG, WebP, GIF, TIFF or AVIF.',
      })
    }
  })

  it('as it is a form with one in it, as curl -F sends, has to be sent as the whole body', async () => {
    await using api = await startApi()
    const body = new FormData()
    body.set('file', new Blob([PICTURE], { type: 'image/png' }), 'x.png')
    const answer = await api.ask('/image', { method: 'POST', body })
    expect(await answer.json()).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
      detail:
        'The body is a form (multipart/form-data), as curl -F sends it, and not an image; send the bytes ' +
        'of a JPEG, PNG, WebP, GIF, TIFF or AVIF themselves as the whole body, as curl --data-binary ' +
        '@FILE does.',
    })
  })

  it.each([
    ['application/x-www-form-urlencoded', '{"url": "https://example.org/a.png"}'],
    ['text/plain', '\r\n\t {"sha256": "0"}'],
  ])('as it is JSON sent as %s is told how to name a URL', async (type, body) => {
    await using api = await startApi()
    const headers = { 'Content-Type': type }
    const answer = await api.ask('/image', { method: 'POST', body, headers })
    expect(await answer.json()).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
      detail:
        'The body begins as JSON does, and not as an image; to name a URL send it with Content-Type: ' +
        'application/json, which curl -d alone does not.',
    })
  })

  it('by its Content-Type alone is an image', async () => {
    await using api = await startApi()
    const headers = { 'Content-Type': 'multipart/form-data; boundary=x' }
    const answer = await api.ask('/image', { method: 'POST', body: PICTURE, headers })
    expect(answer.status).toBe(200)
  })

  it('as it was sent is told how to send one', async () => {
    await using api = await startApi()
    const answer = await api.post(new Uint8Array(Buffer.from('hello')))
    expect(await answer.json()).toMatchObject({
      status: 415,
      detail: expect.stringMatching(/^These bytes are not an image .* as curl --data-binary @FILE/),
    })
  })
})
