import { describe, expect, it, vi } from 'vitest'
import { StoreError } from './store-error.ts'
import { type Api, PICTURE, RESULT, startApi, TOKEN } from './test-api.ts'
import { grayPng } from './test-picture.ts'
import { sha256Of } from './test-result.ts'

const UNKNOWN = 'f'.repeat(64)

/** The path of a result that was made. */
async function storedPath(api: Api): Promise<string> {
  const answer = await api.post()
  await answer.arrayBuffer()
  return answer.headers.get('Content-Location') ?? ''
}

/** What an answer says of its result, without what belongs to the request alone. */
function resultHeaders({ headers }: Response) {
  const names = [
    'content-type',
    'content-length',
    'etag',
    'image-source',
    'image-result',
    'image-geometry',
  ]
  return names.map((name) => headers.get(name))
}

describe('POST /image the second time', () => {
  it('is answered from the store with the same headers, and nothing is processed', async () => {
    await using api = await startApi()
    const [miss, hit] = [await api.post(), await api.post()]
    expect(miss.headers.get('Cache-Status')).toBe('image-api; fwd=miss; stored')
    expect(hit.headers.get('Cache-Status')).toBe('image-api; hit')
    expect(resultHeaders(hit)).toEqual(resultHeaders(miss))
    expect(await hit.bytes()).toEqual(await miss.bytes())
    expect(hit.headers.get('Server-Timing')).toMatch(/^upload;dur=[\d.]+$/)
    expect(api.calls()).toBe(1)
  })

  it('is the same for 30 at a time', async () => {
    await using api = await startApi()
    const answers = await Promise.all(Array.from({ length: 30 }, () => api.post()))
    expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200))
    expect(api.calls()).toBe(1)
  })

  it('ignores If-None-Match, which a POST has not', async () => {
    await using api = await startApi()
    const path = await storedPath(api)
    const headers = { 'If-None-Match': `"${path.split('/')[2]}"` }
    const answer = await api.ask('/image', { method: 'POST', body: PICTURE, headers })
    expect(answer.status).toBe(200)
  })

  it('is processed again with STORE=none', async () => {
    await using api = await startApi({ env: { STORE: 'none' } })
    for (const _time of [1, 2]) {
      expect((await api.post()).headers.get('Cache-Status')).toBe('image-api; fwd=miss')
    }
    expect(api.calls()).toBe(2)
  })
})

describe('GET /results/{key}', () => {
  it('answers what was made, for a year', async () => {
    await using api = await startApi()
    const made = await api.post()
    const answer = await api.ask(made.headers.get('Content-Location') ?? '')
    expect(answer.status).toBe(200)
    expect(resultHeaders(answer)).toEqual(resultHeaders(made))
    expect(answer.headers.get('Cache-Control')).toBe('public, max-age=31536000, immutable')
    expect(await answer.bytes()).toEqual(await made.bytes())
  })

  it('answers a HEAD with the same headers', async () => {
    await using api = await startApi()
    const path = await storedPath(api)
    const [get, head] = [await api.ask(path), await api.ask(path, { method: 'HEAD' })]
    expect(head.status).toBe(200)
    expect(resultHeaders(head)).toEqual(resultHeaders(get))
    expect((await head.bytes()).length).toBe(0)
  })

  it.each([
    ['"KEY"', 304],
    ['W/"KEY"', 304],
    ['"other", "KEY"', 304],
    ['*', 304],
    ['"other"', 200],
  ])('answers If-None-Match: %s with %i', async (condition, status) => {
    await using api = await startApi()
    const path = await storedPath(api)
    const headers = { 'If-None-Match': condition.replace('KEY', path.split('/')[2] ?? '') }
    const answer = await api.ask(path, { headers })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('ETag')).toBe(`"${path.split('/')[2]}"`)
    expect((await answer.bytes()).length).toBe(status === 304 ? 0 : RESULT.bytes.length)
  })

  it.each([
    ['bytes=0-2', 206, [0, 3], 'bytes 0-2/41'],
    ['bytes=35-', 206, [35, 41], 'bytes 35-40/41'],
    ['bytes=-6', 206, [35, 41], 'bytes 35-40/41'],
    ['bytes=4-900', 206, [4, 41], 'bytes 4-40/41'],
    ['bytes=41-', 416, [41, 41], 'bytes */41'],
    ['bytes=0-1,4-5', 200, [0, 41], null],
    ['bytes=b-a', 200, [0, 41], null],
    ['lines=0-1', 200, [0, 41], null],
  ])('answers Range: %s with %i', async (range, status, [from, to], contentRange) => {
    expect(RESULT.bytes.length).toBe(41)
    await using api = await startApi()
    const answer = await api.ask(await storedPath(api), { headers: { Range: range } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('Content-Range')).toBe(contentRange)
    expect(await answer.bytes()).toEqual(new Uint8Array(RESULT.bytes.subarray(from, to)))
  })

  it('lets nobody keep a 416 or a 404', async () => {
    await using api = await startApi()
    const path = await storedPath(api)
    const beyond = await api.ask(path, { headers: { Range: 'bytes=99-' } })
    const missing = await api.ask(`/results/${UNKNOWN}`)
    for (const answer of [beyond, missing]) {
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
      expect(answer.headers.get('ETag')).toBeNull()
    }
    expect(beyond.headers.get('Content-Length')).toBe('0')
  })

  it('gives the range when it was meant for this result', async () => {
    await using api = await startApi()
    const path = await storedPath(api)
    const headers = { Range: 'bytes=0-2', 'If-Range': `"${path.split('/')[2]}"` }
    expect((await api.ask(path, { headers })).status).toBe(206)
  })

  it('reads no bytes for a HEAD or a 304', async () => {
    const get = vi.fn(() => Promise.resolve(undefined))
    const has = async () => ({ headers: RESULT.headers, byteLength: 21 })
    const rest = { put: vi.fn(), delete: vi.fn(), deleteOfSource: vi.fn() }
    await using api = await startApi({ change: { store: { get, has, ...rest } } })
    const head = await api.ask(`/results/${UNKNOWN}`, {
      method: 'HEAD',
      headers: { Range: 'bytes=0-1' },
    })
    expect([head.status, head.headers.get('Content-Length')]).toEqual([200, '21'])
    const headers = { 'If-None-Match': `"${UNKNOWN}"` }
    expect((await api.ask(`/results/${UNKNOWN}`, { headers })).status).toBe(304)
    expect(get).not.toHaveBeenCalled()
  })

  it('gives all of it when the range was meant for something else', async () => {
    await using api = await startApi()
    const headers = { Range: 'bytes=0-2', 'If-Range': '"other"' }
    const answer = await api.ask(await storedPath(api), { headers })
    expect(answer.status).toBe(200)
    expect(await answer.bytes()).toEqual(new Uint8Array(RESULT.bytes))
  })

  it.each([`/results/${UNKNOWN}`, '/results/none', `/results/${UNKNOWN.toUpperCase()}`])(
    'answers %s with not_found',
    async (path) => {
      await using api = await startApi()
      const answer = await api.ask(path)
      expect(await answer.json()).toMatchObject({ status: 404, code: 'not_found' })
    },
  )

  it('answers store_unavailable when the store does not answer', async () => {
    const fail = () => Promise.reject(new StoreError('get', new Error('connection refused')))
    const store = { get: fail, has: fail, put: fail, delete: fail, deleteOfSource: fail }
    await using api = await startApi({ change: { store } })
    const answer = await api.ask(`/results/${UNKNOWN}`)
    expect(answer.headers.get('Retry-After')).toBe('5')
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ status: 503, code: 'store_unavailable' })
    expect(text).not.toContain('refused')
  })
})

describe('DELETE', () => {
  const authorized = { method: 'DELETE', headers: { Authorization: `Bearer ${TOKEN}` } }

  it('removes a result, and it is made again', async () => {
    await using api = await startApi()
    const path = await storedPath(api)
    expect((await api.ask(path, authorized)).status).toBe(204)
    expect((await api.ask(path)).status).toBe(404)
    expect((await api.ask(path, authorized)).status).toBe(404)
    expect((await api.post()).headers.get('Cache-Status')).toContain('stored')
    expect(api.calls()).toBe(2)
  })

  it('removes all results of a source and those of no other', async () => {
    await using api = await startApi()
    const path = await storedPath(api)
    const other = await api.post(new Uint8Array(grayPng(500, 300)))
    const gone = await api.ask(`/sources/${sha256Of(Buffer.from(PICTURE))}`, authorized)
    expect(await gone.json()).toEqual({ deleted: 1, source: false })
    expect((await api.ask(path)).status).toBe(404)
    expect((await api.ask(other.headers.get('Content-Location') ?? '')).status).toBe(200)
  })

  it.each([undefined, 'Bearer ', `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN])(
    'is refused with Authorization: %s, and nothing is removed',
    async (authorization) => {
      await using api = await startApi()
      const path = await storedPath(api)
      const headers = authorization ? { Authorization: authorization } : {}
      for (const asked of [path, `/sources/${UNKNOWN}`]) {
        const answer = await api.ask(asked, { method: 'DELETE', headers })
        expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
        expect(await answer.json()).toMatchObject({ status: 401, code: 'unauthorized' })
      }
      expect((await api.ask(path)).status).toBe(200)
    },
  )

  it('is refused to everyone where there is no token', async () => {
    await using api = await startApi({ env: { ADMIN_TOKEN: '' } })
    const answer = await api.ask(await storedPath(api), authorized)
    expect(answer.status).toBe(401)
  })
})
