import { describe, expect, it } from 'vitest'
import { signQuery } from '../contract/signed-url.ts'
import { PICTURE, RESULT, startApi } from './test-api.ts'
import { bearer, hashOf, KEY } from './test-keys.ts'
import { startOrigin } from './test-origin.ts'

const [SIGNING_KEY, OLD_SIGNING_KEY] = ['s'.repeat(32), 'o'.repeat(32)] as const
const NOW_SECONDS = 1_800_000_000

const SIGNED = { URL_SIGNING_KEYS: `${SIGNING_KEY},${OLD_SIGNING_KEY}` }
const SIGNED_OR_KEY = { ...SIGNED, API_KEYS: hashOf(KEY) }

/** An api by a clock that stands still, and a picture to be downloaded. */
async function startSigned(env: Record<string, string> = SIGNED_OR_KEY) {
  const origin = await startOrigin((_, response) => {
    response.writeHead(200, { 'Cache-Control': 'max-age=600' }).end(PICTURE)
  })
  let nowMs = NOW_SECONDS * 1000
  const api = await startApi({
    env: { SOURCE_ALLOW_PRIVATE: 'true', ...env },
    downloads: { resolveName: async () => ['127.0.0.1'], nowMs: () => nowMs },
  })
  const endApi = api[Symbol.asyncDispose]
  const query = (options = '') => `url=${encodeURIComponent(`${origin.url}/a.png`)}${options}`
  return Object.assign(api, {
    query,
    origin,
    pass: (seconds: number) => {
      nowMs += seconds * 1000
    },
    sign: (options = '', expires = NOW_SECONDS + 60, key: string = SIGNING_KEY) =>
      `/image?${signQuery(query(options), expires, key)}`,
    async [Symbol.asyncDispose]() {
      await endApi()
      await origin[Symbol.asyncDispose]()
    },
  })
}

async function refusal(answer: Response): Promise<string> {
  expect(answer.status).toBe(401)
  expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
  const { code, detail } = (await answer.json()) as Record<string, string>
  expect(code).toBe('unauthorized')
  return detail ?? ''
}

describe('a signed URL', () => {
  it('needs no key, and has the result of the same URL with one', async () => {
    await using api = await startSigned()
    const withKey = await api.ask(`/image?${api.query('&scale=64x64')}`, bearer(KEY))
    for (const key of [SIGNING_KEY, OLD_SIGNING_KEY]) {
      const signed = await api.ask(api.sign('&scale=64x64', NOW_SECONDS + 60, key))
      expect(signed.status).toBe(200)
      expect(signed.headers.get('ETag')).toBe(withKey.headers.get('ETag'))
      expect(await signed.bytes()).toEqual(new Uint8Array(RESULT.bytes))
    }
    expect((await api.ask(api.sign('&scale=64x64'), { method: 'HEAD' })).status).toBe(200)
  })

  it.each([
    ['another option', (path: string) => path.replace('64x64', '65x65')],
    ['another url', (path: string) => path.replace('a.png', 'b.png')],
    ['a later expires', (path: string) => path.replace(/(expires=\d+)\d/, '$19')],
    ['an option more', (path: string) => `${path}&format=png`],
    ['the url twice', (path: string) => `${path}&url=https://example.org/b.png`],
    ['expires twice', (path: string) => `${path}&expires=1900000000`],
    ['no expires', (path: string) => path.replace(/expires=\d+&/, '')],
    ['the signature twice', (path: string) => `${path}&${path.split('&').at(-1)}`],
    ['half a signature', (path: string) => path.slice(0, -20)],
    ['an empty signature', (path: string) => path.replace(/signature=.*/, 'signature=')],
    ['a signature of as many bytes', (path: string) => `${path.slice(0, -2)}é`],
    ['a signature of as many characters', (path: string) => `${path.slice(0, -1)}é`],
  ])('does not let in with %s', async (_, tamper) => {
    await using api = await startSigned()
    const path = api.sign('&scale=64x64')
    expect(await refusal(await api.ask(tamper(path)))).toContain('is not that of this URL')
    expect(api.origin.connections()).toBe(0)
  })

  it('does not let in when it is signed with a key that is none of them', async () => {
    await using api = await startSigned()
    const path = api.sign('', NOW_SECONDS + 60, 'x'.repeat(32))
    expect(await refusal(await api.ask(path))).toContain('is not that of this URL')
    // A key of the api signs nothing, and its hash neither.
    for (const key of [KEY, hashOf(KEY)]) {
      expect((await api.ask(api.sign('', NOW_SECONDS + 60, key))).status).toBe(401)
    }
  })

  it('expires, and says so', async () => {
    await using api = await startSigned()
    const path = api.sign()
    api.pass(59)
    expect((await api.ask(path)).status).toBe(200)
    api.pass(1)
    expect(await refusal(await api.ask(path))).toBe(
      'This signed URL has expired; ask for a new one.',
    )
  })

  it('is no link that lasts for ever: URL_SIGNATURE_MAX_SECONDS at most', async () => {
    await using api = await startSigned({ ...SIGNED_OR_KEY, URL_SIGNATURE_MAX_SECONDS: '100' })
    expect((await api.ask(api.sign('', NOW_SECONDS + 100))).status).toBe(200)
    expect(await refusal(await api.ask(api.sign('', NOW_SECONDS + 101)))).toContain(
      'longer than the 100 seconds',
    )
  })

  it('is kept by caches until it expires, not for as long as its source is fresh', async () => {
    await using api = await startSigned()
    const { headers } = await api.ask(api.sign('', NOW_SECONDS + 60))
    expect(headers.get('Cache-Control')).toBe('max-age=60')
    const longer = await api.ask(api.sign('', NOW_SECONDS + 3600))
    expect(longer.headers.get('Cache-Control')).toBe('max-age=600')
  })

  it('lets in to GET /image alone', async () => {
    await using api = await startSigned()
    const [, query] = api.sign().split('?')
    expect((await api.ask(`/presets?${query}`)).status).toBe(401)
    const body = JSON.stringify({ url: `${api.origin.url}/a.png` })
    const headers = { 'Content-Type': 'application/json' }
    expect((await api.ask(`/image?${query}`, { method: 'POST', body, headers })).status).toBe(401)
  })

  it('is checked for wrong options like any other', async () => {
    await using api = await startSigned()
    const answer = await api.ask(api.sign('&scale=64'))
    expect(await answer.json()).toMatchObject({ code: 'invalid_request' })
  })
})

describe('an api with URL_SIGNING_KEYS alone', () => {
  it('answers no URL that is not signed, and every POST', async () => {
    await using api = await startSigned(SIGNED)
    expect(await refusal(await api.ask(`/image?${api.query()}`))).toContain('signed URLs only')
    expect((await api.ask(api.sign())).status).toBe(200)
    expect((await api.post()).status).toBe(200)
    expect((await api.ask('/presets')).status).toBe(200)
  })
})

describe('an api without URL_SIGNING_KEYS', () => {
  it.each([{}, { CLIENT_OPTIONS: 'refuse' }])('says that it takes none: %o', async (env) => {
    await using api = await startSigned(env)
    expect(await (await api.ask(api.sign())).json()).toMatchObject({
      code: 'invalid_request',
      detail:
        'This service takes no signed URLs (URL_SIGNING_KEYS is empty); leave out expires and signature, ' +
        'or, where they are of the url, escape its &.',
    })
    expect(api.origin.connections()).toBe(0)
  })

  it('lets nobody in by one in the place of a key', async () => {
    await using api = await startSigned({ API_KEYS: hashOf(KEY) })
    expect((await api.ask(api.sign())).status).toBe(401)
  })
})
