import { describe, expect, it, vi } from 'vitest'
import { ProblemError, problemToJson } from '../contract/problem.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { connectTo, readUntil } from '../runtime/test-socket.ts'
import { apiConfigSchema } from './config.ts'
import { MAX_JSON_BYTES } from './read-source.ts'
import { createResults } from './results.ts'
import { createMemorySourceStore } from './source-store-memory.ts'
import { createSources, type Sources } from './sources.ts'
import { StoreError } from './store-error.ts'
import { type Api, PICTURE, startApi, TOKEN } from './test-api.ts'
import { grayPng } from './test-picture.ts'
import { sha256Of } from './test-result.ts'

const SHA256 = sha256Of(Buffer.from(PICTURE))
const UNKNOWN = 'f'.repeat(64)
const KEEPING = { KEEP_SOURCES: 'true' }
const AUTHORIZED = { method: 'DELETE', headers: { Authorization: `Bearer ${TOKEN}` } }
const log = { info: vi.fn(), error: vi.fn() }

function postJson(api: Api, body: string, query = '', type = 'application/json') {
  return api.ask(`/image${query}`, { method: 'POST', body, headers: { 'Content-Type': type } })
}

function postDigest(api: Api, sha256 = SHA256, query = '') {
  return postJson(api, JSON.stringify({ sha256 }), query)
}

async function statusOfHead(api: Api, sha256 = SHA256): Promise<number> {
  return (await api.ask(`/sources/${sha256}`, { method: 'HEAD' })).status
}

function failingSources(): Sources {
  const fail = () => Promise.reject(new StoreError('get', new Error('connection refused')))
  return { keep: () => {}, get: fail, has: fail, delete: fail, drain: async () => {} }
}

describe('POST /image with the digest of a kept source', () => {
  it('gives the same result under the same key as its bytes', async () => {
    await using api = await startApi({ env: KEEPING })
    const byBytes = await api.post()
    const byDigest = await postDigest(api)
    expect(byDigest.status).toBe(200)
    for (const name of ['ETag', 'Content-Location', 'Content-Type', 'Image-Source']) {
      expect(byDigest.headers.get(name)).toBe(byBytes.headers.get(name))
    }
    expect(await byDigest.bytes()).toEqual(await byBytes.bytes())
    expect(byDigest.headers.get('Cache-Status')).toBe('image-api; hit')
    expect(byDigest.headers.get('Server-Timing')).toMatch(/^upload;dur=[\d.]+, fetch;dur=[\d.]+$/)
    expect(api.calls()).toBe(1)
  })

  it('processes it with the options of the request', async () => {
    await using api = await startApi({ env: KEEPING })
    await api.post()
    const answer = await postDigest(api, SHA256, '?scale=64x64')
    expect(answer.headers.get('Cache-Status')).toBe('image-api; fwd=miss; stored')
    expect(api.calls()).toBe(2)
    const refused = await postDigest(api, SHA256, '?scale=64')
    expect(await refused.json()).toMatchObject({ code: 'invalid_request' })
  })

  it.each(['application/json; charset=utf-8', 'Application/JSON'])('takes %s', async (type) => {
    await using api = await startApi({ env: KEEPING })
    await api.post()
    const answer = await postJson(api, JSON.stringify({ sha256: SHA256 }), '', type)
    expect(answer.status).toBe(200)
  })

  it('does not find one that is not kept, and says what to do', async () => {
    await using api = await startApi({ env: KEEPING })
    expect(await (await postDigest(api, UNKNOWN)).json()).toMatchObject({
      code: 'not_found',
      detail: 'This source is not kept; send the bytes of the image.',
    })
  })

  it('is refused where no sources are kept', async () => {
    await using api = await startApi()
    await api.post()
    expect(await (await postDigest(api)).json()).toMatchObject({
      code: 'invalid_request',
      detail: 'This service keeps no sources (KEEP_SOURCES is false); send the bytes of the image.',
    })
  })

  it.each([
    ['{"url": "/a.jpg"}', 'invalid_request', 'The url is not one; send all of it'],
    ['{"sha256": "abc"}', 'invalid_request', '64 lower-case hex digits'],
    ['{"sha256"', 'invalid_request', 'is no JSON object'],
    [`{"sha256": "${SHA256}", "a": 1}`, 'invalid_request', 'The member "a" is not known'],
    [' '.repeat(10_001), 'payload_too_large', 'the body has more than 10000 bytes'],
  ])('refuses %.40s', async (body, code, sentence) => {
    await using api = await startApi({ env: KEEPING })
    expect(await (await postJson(api, body)).json()).toMatchObject({
      code,
      detail: expect.stringContaining(sentence),
    })
  })

  it('ends JSON that never ends after 10000 bytes', async () => {
    await using api = await startApi()
    const socket = await connectTo(api.port)
    socket.write('POST /image HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n')
    socket.write(
      `Transfer-Encoding: chunked\r\n\r\n${(MAX_JSON_BYTES + 1).toString(16)}\r\n${' '.repeat(MAX_JSON_BYTES + 1)}\r\n`,
    )
    expect(await readUntil(socket, '"requestId"')).toContain('"code":"payload_too_large"')
    socket.destroy()
  })

  it('reads 10000 bytes', async () => {
    await using api = await startApi({ env: KEEPING })
    await api.post()
    const answer = await postJson(api, JSON.stringify({ sha256: SHA256 }).padEnd(10_000))
    expect(answer.status).toBe(200)
  })

  it('answers store_unavailable when the store does not answer', async () => {
    await using api = await startApi({ env: KEEPING, change: { sources: failingSources() } })
    const answer = await postDigest(api)
    expect(answer.headers.get('Retry-After')).toBe('5')
    expect(await answer.json()).toMatchObject({ code: 'store_unavailable', status: 503 })
  })

  it('does not keep again what came from the store', async () => {
    const sources = createSources(createMemorySourceStore(1_000_000), log)
    const keep = vi.spyOn(sources, 'keep')
    await using api = await startApi({ env: KEEPING, change: { sources } })
    await api.post()
    await postDigest(api)
    expect(keep).toHaveBeenCalledOnce()
  })
})

describe('KEEP_SOURCES', () => {
  it('keeps no source unless it is true', async () => {
    await using api = await startApi()
    await api.post()
    expect(await statusOfHead(api)).toBe(404)
  })

  it('keeps no source that is refused', async () => {
    await using api = await startApi({ env: { ...KEEPING, MAX_SOURCE_PIXELS: '1000' } })
    expect((await api.post()).status).toBe(422)
    expect(await statusOfHead(api)).toBe(404)
  })

  it('keeps no source that cannot be decoded', async () => {
    const problem = new ProblemError('undecodable_image', 'It is damaged.')
    await using api = await startApi({
      env: KEEPING,
      answer(response) {
        response.writeHead(422, { 'Content-Type': 'application/problem+json' })
        response.end(JSON.stringify(problemToJson(problem, 'theirs')))
      },
    })
    expect((await api.post()).status).toBe(422)
    expect(await statusOfHead(api)).toBe(404)
  })

  it('keeps a source again that is gone, though its result is stored', async () => {
    const sources = createSources(createMemorySourceStore(1_000_000), log)
    await using api = await startApi({ env: KEEPING, change: { sources } })
    await api.post()
    await sources.delete(SHA256)
    expect(await statusOfHead(api)).toBe(404)
    expect((await api.post()).headers.get('Cache-Status')).toBe('image-api; hit')
    expect(await statusOfHead(api)).toBe(200)
  })

  it('fails no request when the store fails', async () => {
    await using api = await startApi({
      env: KEEPING,
      change: {
        sources: createSources(
          {
            ...createMemorySourceStore(0),
            put: () => Promise.reject(new StoreError('put', new Error('disk full'))),
          },
          log,
        ),
      },
    })
    expect((await api.post()).status).toBe(200)
  })

  it('is refused with STORE=none, in a sentence', async () => {
    const config = parseEnv(apiConfigSchema, { ...KEEPING, STORE: 'none' })
    await expect(createResults(config, log)).rejects.toThrow(
      'KEEP_SOURCES is true, but STORE=none keeps nothing; set STORE to memory or s3.',
    )
  })

  it('shares the memory of STORE_MEMORY_BYTES between sources and results', async () => {
    const bytes = new Uint8Array(grayPng(400, 300))
    const STORE_MEMORY_BYTES = String(2 * (bytes.length + 400))
    await using tooSmall = await startApi({ env: { ...KEEPING, STORE_MEMORY_BYTES } })
    await tooSmall.post()
    expect(await statusOfHead(tooSmall)).toBe(404)
  })
})

describe('HEAD /sources/{sha256}', () => {
  it('says the type and the size of a kept source, and gives no bytes', async () => {
    await using api = await startApi({ env: KEEPING })
    await api.post()
    const answer = await api.ask(`/sources/${SHA256}`, { method: 'HEAD' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('Content-Type')).toBe('image/png')
    expect(answer.headers.get('Content-Length')).toBe(String(PICTURE.length))
    expect((await answer.bytes()).length).toBe(0)
  })

  it.each([UNKNOWN, 'none', SHA256.toUpperCase()])('answers %s with 404', async (sha256) => {
    await using api = await startApi({ env: KEEPING })
    await api.post()
    expect(await statusOfHead(api, sha256)).toBe(404)
  })

  it('answers 503 when the store does not answer', async () => {
    await using api = await startApi({ env: KEEPING, change: { sources: failingSources() } })
    const answer = await api.ask(`/sources/${SHA256}`, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5'])
  })
})

it.each(['GET', 'PUT', 'POST'])('%s /sources/{sha256} is offered to nobody', async (method) => {
  await using api = await startApi({ env: KEEPING })
  await api.post()
  const answer = await api.ask(`/sources/${SHA256}`, { ...AUTHORIZED, method })
  expect(answer.headers.get('Allow')).toBe('HEAD, DELETE')
  expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' })
})

describe('DELETE /sources/{sha256}', () => {
  it('removes the source with its results', async () => {
    await using api = await startApi({ env: KEEPING })
    await api.post()
    await postDigest(api, SHA256, '?scale=64x64')
    const answer = await api.ask(`/sources/${SHA256}`, AUTHORIZED)
    expect(await answer.json()).toEqual({ deleted: 2, source: true })
    expect(await statusOfHead(api)).toBe(404)
    expect((await postDigest(api)).status).toBe(404)
    expect((await api.ask(`/sources/${SHA256}`, AUTHORIZED)).status).toBe(404)
  })

  it('removes a source whose results are gone', async () => {
    await using api = await startApi({ env: KEEPING })
    await api.post()
    await api.results.store?.deleteOfSource(SHA256)
    const answer = await api.ask(`/sources/${SHA256}`, AUTHORIZED)
    expect(await answer.json()).toEqual({ deleted: 0, source: true })
  })

  it('removes what was kept before KEEP_SOURCES was turned off', async () => {
    const sources = createSources(createMemorySourceStore(1_000_000), log)
    await using before = await startApi({ env: KEEPING, change: { sources } })
    await before.post()
    await using after = await startApi({ change: { sources } })
    expect(await statusOfHead(after)).toBe(404)
    const answer = await after.ask(`/sources/${SHA256}`, AUTHORIZED)
    expect(await answer.json()).toEqual({ deleted: 0, source: true })
    expect(await statusOfHead(before)).toBe(404)
  })

  it('keeps the source for everybody else', async () => {
    await using api = await startApi({ env: KEEPING })
    await api.post()
    expect((await api.ask(`/sources/${SHA256}`, { method: 'DELETE' })).status).toBe(401)
    expect(await statusOfHead(api)).toBe(200)
  })
})
