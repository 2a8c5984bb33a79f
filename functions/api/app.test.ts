import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { ProblemError, problemToJson } from '../contract/problem.ts'
import { resultKey } from '../contract/result-key.ts'
import { createLogger } from '../runtime/logger.ts'
import { ConfigurationError, parseEnv } from '../runtime/parse-env.ts'
import { serveForTest } from '../runtime/test-server.ts'
import { connectTo, readUntil } from '../runtime/test-socket.ts'
import { createApiApp } from './app.ts'
import { apiConfigSchema } from './config.ts'
import { createResults } from './results.ts'
import { answerResult, imageAnswer } from './test-image-answer.ts'
import { grayPng, tiffWithOrientation } from './test-picture.ts'

const PICTURE = grayPng(400, 300)
const RESULT = imageAnswer()

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void
type Received = { url: string; headers: IncomingMessage['headers']; body: Buffer }

/** An api before an image function that answers as the test wants and remembers what it was sent. */
async function startApi({
  handler = (_, response) => answerResult(response),
  env = {},
}: {
  handler?: Handler
  env?: Record<string, string>
} = {}) {
  const received: Received[] = []
  const imageFunction = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    received.push({ url: request.url ?? '', headers: request.headers, body })
    handler(request, response, body)
  })
  await new Promise<void>((resolve) => imageFunction.listen(0, '127.0.0.1', resolve))
  const { port } = imageFunction.address() as AddressInfo
  const config = parseEnv(apiConfigSchema, {
    IMAGE_FUNCTION_URL: `http://127.0.0.1:${port}`,
    // Most tests look at what is forwarded; what is stored has tests of its own.
    STORE: 'none',
    ...env,
  })
  const log = createLogger('api', 'silent')
  const server = await serveForTest(createApiApp(config, log, await createResults(config, log)))
  return {
    received,
    imageFunction,
    port: server.port,
    url: server.url,
    post: (
      query: string,
      body: Uint8Array<ArrayBuffer> | null = new Uint8Array(PICTURE),
      init: RequestInit = {},
    ) => fetch(`${server.url}/image${query}`, { method: 'POST', body, ...init }),
    async [Symbol.asyncDispose]() {
      imageFunction.closeAllConnections()
      imageFunction.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

const answerProblem =
  (error: ProblemError): Handler =>
  (_, response) => {
    response.writeHead(error.status, {
      'Content-Type': 'application/problem+json',
      ...error.headers,
    })
    response.end(JSON.stringify(problemToJson(error, 'theirs')))
  }

const answerText =
  (status: number, text: string): Handler =>
  (_, response) => {
    response.writeHead(status, { 'Content-Type': 'text/plain' })
    response.end(text)
  }

describe('POST /image', () => {
  it('answers with the result and all headers of the contract', async () => {
    await using api = await startApi()
    const answer = await api.post('', new Uint8Array(PICTURE), {
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
    await using api = await startApi()
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
    await using api = await startApi({ env: { PILLOW: '12' } })
    await api.post('?preset=imagenet-224&dtype=float16')
    expect(api.received[0]?.url).toBe(
      '/process?scale=256x256&grayscale=false&fit=short-side&crop=centre-224x224&filter=bilinear' +
        '&orient=apply&alpha=drop&icc=ignore&format=npy&quality=90&mode=exact&pillow=12' +
        '&dtype=float16&layout=chw&mean=0.485%2C0.456%2C0.406&std=0.229%2C0.224%2C0.225',
    )
  })

  it('names a result by its options, whether a preset or the request asked for them', async () => {
    await using api = await startApi({ env: { PRESETS: '{"small": {"scale": "64x64"}}' } })
    const etag = async (query: string) => (await api.post(query)).headers.get('ETag')
    expect(await etag('?preset=small')).toBe(await etag('?scale=64x64'))
    expect(await etag('?preset=small')).not.toBe(await etag(''))
  })

  it('hands the request id on', async () => {
    await using api = await startApi()
    await api.post('', new Uint8Array(PICTURE), { headers: { 'X-Request-Id': 'r-7' } })
    expect(api.received[0]?.headers['x-request-id']).toBe('r-7')
  })

  it('names equal work equally, and other work otherwise', async () => {
    await using api = await startApi()
    const etag = async (query: string, body = PICTURE) =>
      (await api.post(query, new Uint8Array(body))).headers.get('ETag')
    const plain = await etag('')
    expect(await etag('?fit=fill&scale=1024x768')).toBe(plain)
    expect(await etag('?quality=10')).toBe(plain)
    expect(await etag('?grayscale=false')).not.toBe(plain)
    expect(await etag('', grayPng(401, 300))).not.toBe(plain)
  })

  it('names a result by the SHA-256 of the source and the options it forwards', async () => {
    await using api = await startApi()
    const etag = (await api.post('')).headers.get('ETag')
    const options = resolvedOptionsFromQuery(api.received[0]?.url.split('?')[1] ?? '')
    const sha256 = createHash('sha256').update(PICTURE).digest('hex')
    expect(etag).toBe(`"${resultKey(sha256, options)}"`)
  })

  it('keeps the size of a source within the margin, as it is seen', async () => {
    await using api = await startApi()
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
      await using api = await startApi()
      const answer = await api.post('', new Uint8Array(PICTURE), {
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
    await using api = await startApi()
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
    await using api = await startApi()
    const socket = await connectTo(api.port)
    socket.write(`POST /image?${query} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n`)
    expect(await readUntil(socket, '"requestId"')).toContain(sentence)
    socket.destroy()
  })

  it('refuses options altogether with CLIENT_OPTIONS=refuse', async () => {
    await using api = await startApi({ env: { CLIENT_OPTIONS: 'refuse' } })
    expect((await api.post('?scale=1024x768')).status).toBe(400)
    expect((await api.post('?preset=clip-224')).status).toBe(400)
    expect((await api.post('')).status).toBe(200)
  })

  it('refuses one byte over the limit', async () => {
    await using api = await startApi({ env: { MAX_SOURCE_BYTES: String(PICTURE.length - 1) } })
    const answer = await api.post('')
    expect(await answer.json()).toMatchObject({ code: 'payload_too_large', status: 413 })
  })

  it('refuses a body that would fill the memory while it arrives: chunks without an end', async () => {
    await using api = await startApi({ env: { MAX_SOURCE_BYTES: '1000' } })
    const socket = await connectTo(api.port)
    socket.write('POST /image HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n')
    socket.write(`3e9\r\n${'x'.repeat(1001)}\r\n`)
    expect(await readUntil(socket, '"requestId"')).toContain('"code":"payload_too_large"')
    socket.destroy()
  })

  it('answers 405 to a PUT', async () => {
    await using api = await startApi()
    const answer = await api.post('', null, { method: 'PUT' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('GET, HEAD, POST')
  })
})

describe('GET /presets', () => {
  it('answers every preset with its options, as JSON with a newline at its end', async () => {
    await using api = await startApi({ env: { PRESETS: '{"small": {"scale": "64x64"}}' } })
    const answer = await fetch(`${api.url}/presets`)
    expect(answer.headers.get('Content-Type')).toBe('application/json')
    const text = await answer.text()
    expect(text.endsWith('}\n')).toBe(true)
    const { presets } = JSON.parse(text)
    expect(presets[0]).toMatchObject({
      name: 'imagenet-224',
      options: { scale: '256x256', crop: 'centre-224x224', mean: '0.485,0.456,0.406' },
      recipe: expect.stringContaining('torchvision'),
      source: expect.stringContaining('https://'),
    })
    expect(presets.at(-1)).toEqual({ name: 'small', options: { scale: '64x64' } })
  })

  it('answers a HEAD without the body', async () => {
    await using api = await startApi()
    const [get, head] = [
      await fetch(`${api.url}/presets`),
      await fetch(`${api.url}/presets`, { method: 'HEAD' }),
    ]
    expect(head.status).toBe(200)
    expect(head.headers.get('Content-Type')).toBe('application/json')
    expect(await head.text()).toBe('')
    expect(await get.text()).not.toBe('')
  })

  it.each(['POST', 'PUT', 'DELETE'])('answers 405 to a %s', async (method) => {
    await using api = await startApi()
    const answer = await fetch(`${api.url}/presets`, { method })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('GET, HEAD')
  })
})

describe('createApiApp()', () => {
  it.each([
    [{ FIT: 'short-side' }, 'The options at start-up (SCALE, FIT and so on) do not fit'],
    [{ PRESETS: '/nowhere.json' }, 'PRESETS (/nowhere.json) cannot be read'],
    [{ PRESETS: '{"small": {"scale": "64"}}' }, 'Preset small cannot be used: Option scale is'],
  ] as [Record<string, string>, string][])('refuses to start with %o', async (env, sentence) => {
    const config = parseEnv(apiConfigSchema, { STORE: 'none', ...env })
    const log = createLogger('api', 'silent')
    const results = await createResults(config, log)
    const create = () => createApiApp(config, log, results)
    expect(create).toThrow(ConfigurationError)
    expect(create).toThrow(sentence)
  })
})

describe('an image function that does not answer with a result', () => {
  it.each(['undecodable_image', 'too_many_pixels', 'unsupported_media_type'] as const)(
    'has its %s passed on, as it is the fault of the caller',
    async (code) => {
      const handler = answerProblem(new ProblemError(code, 'In their words.'))
      await using api = await startApi({ handler })
      const problem = JSON.parse(await (await api.post('')).text())
      expect(problem).toMatchObject({ code, detail: 'In their words.' })
      expect(problem.requestId).not.toBe('theirs')
    },
  )

  it.each([
    ['internal', 502, 'image_function_unavailable'],
    ['invalid_request', 502, 'image_function_unavailable'],
    ['not_found', 502, 'image_function_unavailable'],
    ['image_function_timeout', 504, 'image_function_timeout'],
  ] as const)('has its %s answered as %i %s', async (theirs, status, ours) => {
    const handler = answerProblem(new ProblemError(theirs, 'In their words.'))
    await using api = await startApi({ handler })
    expect(await (await api.post('')).json()).toMatchObject({ status, code: ours })
  })

  it('has its overloaded passed on with its Retry-After', async () => {
    const full = new ProblemError('overloaded', 'Full.', { headers: { 'Retry-After': '3' } })
    await using api = await startApi({ handler: answerProblem(full) })
    const answer = await api.post('')
    expect(answer.headers.get('Retry-After')).toBe('3')
    expect(await answer.json()).toMatchObject({ code: 'overloaded', status: 503 })
  })

  it.each([
    [503, 'no healthy upstream', 'overloaded'],
    [504, 'upstream request timeout', 'image_function_timeout'],
    [404, 'page not found', 'image_function_unavailable'],
    [200, 'a page of somebody else', 'image_function_unavailable'],
  ])('is a gateway: %i with plain text becomes %s', async (status, text, code) => {
    await using api = await startApi({ handler: answerText(status, text) })
    const answer = await (await api.post('')).text()
    expect(JSON.parse(answer)).toMatchObject({ code })
    expect(answer).not.toContain(text)
  })

  it.each(['Image-Source', 'Image-Result', 'Image-Geometry'] as const)(
    'answers without %s: image_function_unavailable',
    async (name) => {
      const { [name]: _, ...headers } = RESULT.headers
      const handler: Handler = (_, response) => response.writeHead(200, headers).end(RESULT.bytes)
      await using api = await startApi({ handler })
      expect(await (await api.post('')).json()).toMatchObject({
        code: 'image_function_unavailable',
        status: 502,
      })
    },
  )

  it('is gone: image_function_unavailable', async () => {
    await using api = await startApi()
    await new Promise((closed) => api.imageFunction.close(closed))
    const answer = await api.post('')
    expect(await answer.json()).toMatchObject({ code: 'image_function_unavailable', status: 502 })
  })

  it('cuts its answer: image_function_unavailable, never a part of a result', async () => {
    const handler: Handler = (_, response) => {
      response.writeHead(200, { ...RESULT.headers, 'Content-Length': 1000 })
      response.write(RESULT.bytes, () => response.destroy())
    }
    await using api = await startApi({ handler })
    const answer = await api.post('')
    expect(await answer.json()).toMatchObject({ code: 'image_function_unavailable' })
  })

  it('is slow: image_function_timeout', async () => {
    await using api = await startApi({
      handler: () => {},
      env: { IMAGE_FUNCTION_TIMEOUT_MS: '50' },
    })
    const answer = await api.post('')
    expect(await answer.json()).toMatchObject({ code: 'image_function_timeout', status: 504 })
  })

  it('closes a kept connection as the next request goes out on it: the request is sent again', async () => {
    let calls = 0
    const handler: Handler = (request, response) => {
      calls++
      if (calls === 2) request.socket.resetAndDestroy()
      else answerResult(response)
    }
    await using api = await startApi({ handler })
    expect((await api.post('')).status).toBe(200)
    expect((await api.post('')).status).toBe(200)
    expect(calls).toBe(3)
  })

  it('hears of it when the client leaves', async () => {
    const called = Promise.withResolvers<void>()
    const cancelled = Promise.withResolvers<void>()
    const handler: Handler = (_, response) => {
      response.once('close', cancelled.resolve)
      called.resolve()
    }
    await using api = await startApi({ handler })
    const client = new AbortController()
    const answer = api.post('', new Uint8Array(PICTURE), { signal: client.signal })
    await called.promise
    client.abort()
    await expect(answer).rejects.toThrow('aborted')
    expect(await cancelled.promise).toBeUndefined()
  })
})

/** 30 kB whose header promises 3.6 gigapixels. */
function hugePng(): Buffer {
  const png = grayPng(60_000, 1)
  png.writeUInt32BE(60_000, 20)
  return Buffer.concat([png, Buffer.alloc(30_000)])
}
