import { describe, expect, it } from 'vitest'
import { PICTURE, RESULT, startApi } from './test-api.ts'
import { hashOf, KEY } from './test-keys.ts'

const [PAGE, OTHER] = ['https://app.example.org', 'https://evil.example.org'] as const
const FOR_PAGE = { CORS_ORIGINS: `${PAGE},http://localhost:3000` }

describe('an api with CORS_ORIGINS', () => {
  it('lets a page of one of them read a result and its headers', async () => {
    await using api = await startApi({ env: FOR_PAGE })
    const init = { method: 'POST', body: PICTURE, headers: { Origin: PAGE } }
    const answer = await api.ask('/image', init)
    const { headers } = answer
    expect(answer.status).toBe(200)
    expect(headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
    expect(headers.get('Access-Control-Allow-Credentials')).toBeNull()
    expect(headers.get('Vary')).toContain('Origin')
    const exposed = headers.get('Access-Control-Expose-Headers')?.split(',')
    for (const name of [
      ...['Image-Source', 'Image-Result', 'Image-Geometry', 'ETag', 'Cache-Status'],
      ...['Server-Timing', 'Retry-After'],
    ]) {
      expect(exposed).toContain(name)
    }
    // Nothing of the answer itself is lost on the way.
    expect(headers.get('Content-Length')).toBe(String(RESULT.bytes.length))
    expect(headers.get('Content-Type')).toBe(RESULT.headers['Content-Type'])
    expect(await answer.bytes()).toEqual(new Uint8Array(RESULT.bytes))
  })

  it('lets it read why it is refused, in the middle of an upload', async () => {
    await using api = await startApi({ env: { ...FOR_PAGE, API_KEYS: hashOf(KEY) } })
    const body = new Uint8Array(2_000_000)
    const answer = await api.ask('/image', { method: 'POST', body, headers: { Origin: PAGE } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
    expect(await answer.json()).toMatchObject({ code: 'unauthorized' })
  })

  it('tells a browser beforehand that it may send a key, without one', async () => {
    await using api = await startApi({ env: { ...FOR_PAGE, API_KEYS: hashOf(KEY) } })
    const answer = await api.ask('/image', {
      method: 'OPTIONS',
      headers: {
        Origin: PAGE,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe(PAGE)
    expect(answer.headers.get('Access-Control-Allow-Methods')).toBe('GET,HEAD,POST')
    expect(answer.headers.get('Access-Control-Allow-Headers')).toContain('Authorization')
    expect(answer.headers.get('Access-Control-Max-Age')).toBe('7200')
  })

  it.each([OTHER, 'null', `${PAGE}.evil.org`, 'http://app.example.org'])(
    'lets no page of %s read anything',
    async (Origin) => {
      await using api = await startApi({ env: FOR_PAGE })
      const preflight = { Origin, 'Access-Control-Request-Method': 'GET' }
      for (const [method, asked] of [
        ['GET', { Origin }],
        ['OPTIONS', preflight],
      ] as const) {
        const { headers } = await api.ask('/presets', { method, headers: asked })
        expect(headers.get('Access-Control-Allow-Origin')).toBeNull()
        // Or a cache would give it to a page that may.
        expect(headers.get('Vary')).toContain('Origin')
      }
    },
  )

  it.each([
    ['without an origin', { 'Access-Control-Request-Method': 'POST' }],
    ['without a method to ask for', { Origin: PAGE }],
    ['without either', {}],
  ])('has OPTIONS %s, which no browser sends, meet keys, rates and routes', async (_, headers) => {
    const env = { ...FOR_PAGE, API_KEYS: hashOf(KEY), RATE_LIMIT: '2' }
    await using api = await startApi({ env })
    const options = async (path: string, key?: string) =>
      (
        await api.ask(path, {
          method: 'OPTIONS',
          headers: key ? { ...headers, Authorization: `Bearer ${key}` } : headers,
        })
      ).status
    expect(await options('/none')).toBe(404)
    expect(await options('/image')).toBe(401)
    expect([await options('/image', KEY), await options('/image', KEY)]).toEqual([405, 405])
    expect(await options('/image', KEY)).toBe(429)
  })

  it('lets the pages of all read with *', async () => {
    await using api = await startApi({ env: { CORS_ORIGINS: '*' } })
    const { headers } = await api.ask('/presets', { headers: { Origin: OTHER } })
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(headers.get('Vary')).toBeNull()
  })
})

describe('an api without CORS_ORIGINS', () => {
  it('says nothing to pages', async () => {
    await using api = await startApi()
    const got = await api.ask('/presets', { headers: { Origin: PAGE } })
    const asked = await api.ask('/presets', { method: 'OPTIONS', headers: { Origin: PAGE } })
    expect(asked.status).toBe(405)
    for (const { headers } of [got, asked]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    }
  })
})
