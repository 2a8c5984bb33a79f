import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { resultKey } from '../contract/result-key.ts'
import { connectTo, readUntil } from '../runtime/test-socket.ts'
import { PICTURE, RESULT } from './test-api.ts'
import { startForwarding } from './test-forwarding.ts'
import { grayPng, tiffWithOrientation } from './test-picture.ts'

describe('POST /image', () => {
  it('answers with the result and all headers of the contract', async () => {
    await using api = await startForwarding()
    const answer = await api.post('', PICTURE, {
      headers: { 'X-Request-Id': 'r-1' },
    })

    expect(answer.status).toBe(200)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(RESULT.bytes)
    const headers = Object.fromEntries(answer.headers)
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(RESULT.bytes.length),
      'cache-status': 'image-api; fwd=miss',
      'image-source': RESULT.headers['Image-Source'],
      'image-result': RESULT.headers['Image-Result'],
      'image-geometry': RESULT.headers['Image-Geometry'],
      'x-request-id': 'r-1',
    })
    const key = /^"([0-9a-f]{64})"$/.exec(headers.etag ?? '')?.[1]
    expect(headers['content-location']).toBe(`/results/${key}`)
    expect(headers['server-timing']).toMatch(
      /^upload;dur=[\d.]+, forward;dur=[\d.]+, api-start;dur=[\d.]+, receive;dur=1.0, queue;dur=0.0, process;dur=5.0$/,
    )
  })

  it('forwards the bytes as they are with complete options in canonical form', async () => {
    await using api = await startForwarding()
    await api.post('?quality=75&grayscale=false')
    const [call] = api.received
    expect(call?.body.equals(PICTURE)).toBe(true)
    expect(call?.url).toBe(
      '/process?scale=1024x768&grayscale=false&fit=fill&crop=none&filter=lanczos&orient=apply' +
        '&alpha=drop&icc=ignore&format=png&quality=75&mode=exact&pillow=13&dtype=uint8&layout=hwc' +
        '&mean=0&std=1',
    )
    expect(call?.headers['content-length']).toBe(String(PICTURE.length))
  })

  it('forwards the options of the preset with those of the request over them', async () => {
    await using api = await startForwarding({ env: { PILLOW: '12' } })
    await api.post('?preset=imagenet-224&dtype=float16')
    expect(api.received[0]?.url).toBe(
      '/process?scale=256x256&grayscale=false&fit=short-side&crop=centre-224x224&filter=bilinear' +
        '&orient=apply&alpha=drop&icc=ignore&format=npy&quality=90&mode=exact&pillow=12' +
        '&dtype=float16&layout=chw&mean=0.485%2C0.456%2C0.406&std=0.229%2C0.224%2C0.225',
    )
  })

  it('names a result by its options, whether a preset or the request asked for them', async () => {
    await using api = await startForwarding({ env: { PRESETS: '{"small": {"scale": "64x64"}}' } })
    const etag = async (query: string) => (await api.post(query)).headers.get('ETag')
    expect(await etag('?preset=small')).toBe(await etag('?scale=64x64'))
    expect(await etag('?preset=small')).not.toBe(await etag(''))
  })

  it('hands the request id on', async () => {
    await using api = await startForwarding()
    await api.post('', PICTURE, { headers: { 'X-Request-Id': 'r-7' } })
    expect(api.received[0]?.headers['x-request-id']).toBe('r-7')
  })

  it('names equal work equally, and other work otherwise', async () => {
    await using api = await startForwarding()
    const etag = async (query: string, body = PICTURE) =>
      (await api.post(query, body)).headers.get('ETag')
    const plain = await etag('')
    expect(await etag('?fit=fill&scale=1024x768')).toBe(plain)
    expect(await etag('?quality=10')).toBe(plain)
    expect(await etag('?grayscale=false')).not.toBe(plain)
    expect(await etag('', new Uint8Array(grayPng(401, 300)))).not.toBe(plain)
  })

  it('names a result by the SHA-256 of the source and the options it forwards', async () => {
    await using api = await startForwarding()
    const etag = (await api.post('')).headers.get('ETag')
    const options = resolvedOptionsFromQuery(api.received[0]?.url.split('?')[1] ?? '')
    const sha256 = createHash('sha256').update(PICTURE).digest('hex')
    expect(etag).toBe(`"${resultKey(sha256, options)}"`)
  })

  it('keeps the size of a source within the margin, as it is seen', async () => {
    await using api = await startForwarding()
    const scaleOf = async (picture: Buffer) => {
      await api.post('', new Uint8Array(picture))
      return new URLSearchParams(api.received.at(-1)?.url.split('?')[1]).get('scale')
    }
    expect(await scaleOf(grayPng(1000, 750))).toBe('none')
    expect(await scaleOf(grayPng(900, 700))).toBe('1024x768')
    expect(await scaleOf(grayPng(750, 1000, tiffWithOrientation(6)))).toBe('none')
    expect(await scaleOf(grayPng(1000, 750, tiffWithOrientation(6)))).toBe('1024x768')
  })

  it.each(['text/plain', 'image/gif', 'application/octet-stream'])(
    'takes an image sent as %s for what its bytes are',
    async (type) => {
      await using api = await startForwarding()
      const answer = await api.post('', PICTURE, {
        headers: { 'Content-Type': type },
      })
      expect(answer.status).toBe(200)
    },
  )

  it.each([
    ['an empty body', Buffer.alloc(0), 'invalid_request'],
    ['text', Buffer.from('hello'), 'unsupported_media_type'],
    ['HTML', Buffer.from('<!doctype html><html></html>'), 'unsupported_media_type'],
    ['a header of 60000x60000', hugePng(), 'too_many_pixels'],
  ])('refuses %s without calling the image function', async (_, body, code) => {
    await using api = await startForwarding()
    const answer = await api.post('', new Uint8Array(body))
    expect(await answer.json()).toMatchObject({ code })
    expect(api.received).toEqual([])
  })

  it.each([
    ['scale=big', 'Option scale is'],
    ['dtype=float32', 'dtype=float32 is for format=npy'],
    ['preset=imagenet-224&format=png&mean=0.5', 'mean=0.5 is for format=npy'],
    ['preset=none', 'There is no preset'],
  ])('checks the options before it reads the body: %s', async (query, sentence) => {
    await using api = await startForwarding()
    const socket = await connectTo(api.port)
    socket.write(`POST /image?${query} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n`)
    expect(await readUntil(socket, '"requestId"')).toContain(sentence)
    socket.destroy()
  })

  it('refuses options altogether with CLIENT_OPTIONS=refuse', async () => {
    await using api = await startForwarding({ env: { CLIENT_OPTIONS: 'refuse' } })
    expect((await api.post('?scale=1024x768')).status).toBe(400)
    expect((await api.post('?preset=clip-224')).status).toBe(400)
    expect((await api.post('')).status).toBe(200)
  })

  it('refuses one byte over the limit', async () => {
    await using api = await startForwarding({
      env: { MAX_SOURCE_BYTES: String(PICTURE.length - 1) },
    })
    const answer = await api.post('')
    expect(await answer.json()).toMatchObject({ code: 'payload_too_large', status: 413 })
  })

  it('refuses a body that would fill the memory while it arrives: chunks without an end', async () => {
    await using api = await startForwarding({ env: { MAX_SOURCE_BYTES: '1000' } })
    const socket = await connectTo(api.port)
    socket.write('POST /image HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`3e9\r\n${'x'.repeat(1001)}\r\n`)
    expect(await readUntil(socket, '"requestId"')).toContain('"code":"payload_too_large"')
    socket.destroy()
  })

  it('answers 405 to a PUT', async () => {
    await using api = await startForwarding()
    const answer = await api.post('', null, { method: 'PUT' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('GET, HEAD, POST')
  })
})

/** 30 kB whose header promises 3.6 gigapixels. */
function hugePng(): Buffer {
  const png = grayPng(60_000, 1)
  png.writeUInt32BE(60_000, 20)
  return Buffer.concat([png, Buffer.alloc(30_000)])
}
