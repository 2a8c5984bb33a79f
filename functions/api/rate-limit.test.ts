import type { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AppEnv } from '../runtime/app.ts'
import { createApp } from '../runtime/app.ts'
import { createLogger } from '../runtime/logger.ts'
import { serveForTest } from '../runtime/test-server.ts'
import { rateLimit } from './rate-limit.ts'
import { type Api, PICTURE, startApi, TOKEN } from './test-api.ts'
import { bearer, hashOf, KEY, NEW_KEY } from './test-keys.ts'

const TWO = { RATE_LIMIT: '2', RATE_LIMIT_WINDOW_SECONDS: '60', TRUSTED_PROXIES: '1' }

/** Only the clock stands still: sockets need their timers. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-25T12:00:00Z') })
})
afterEach(() => {
  vi.useRealTimers()
})

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

function askFrom(api: Api, address: string, headers: Record<string, string> = {}) {
  return api.ask('/presets', { headers: { 'X-Forwarded-For': address, ...headers } })
}

async function statusesOf(answers: Promise<Response>[]): Promise<number[]> {
  return (await Promise.all(answers)).map(({ status }) => status)
}

describe('an api with RATE_LIMIT', () => {
  it('answers so many requests of a window, tells what is left, and refuses the others', async () => {
    await using api = await startApi({ env: TWO })
    const [first, second] = [await api.ask('/presets'), await api.post()]
    pass(20.5)
    const third = await api.post()
    expect(first.headers.get('RateLimit-Policy')).toBe('"default";q=2;w=60')
    expect(first.headers.get('RateLimit')).toBe('"default";r=1;t=60')
    expect([second.status, second.headers.get('RateLimit')]).toEqual([200, '"default";r=0;t=60'])
    expect(third.status).toBe(429)
    expect(third.headers.get('Retry-After')).toBe('40')
    expect(third.headers.get('RateLimit')).toBe('"default";r=0;t=40')
    expect(await third.json()).toMatchObject({
      code: 'rate_limited',
      detail: 'More than 2 requests in 60 seconds; try again in 40.',
    })
    expect(api.calls()).toBe(1)
  })

  it('answers again when the window has ended, which refusals do not put off', async () => {
    await using api = await startApi({ env: TWO })
    const many = () => statusesOf([1, 2, 3].map(() => api.ask('/presets')))
    expect((await many()).toSorted()).toEqual([200, 200, 429])
    pass(59)
    expect(await many()).toEqual([429, 429, 429])
    pass(1)
    expect((await many()).toSorted()).toEqual([200, 200, 429])
  })

  it('refuses one caller and no others: each address counts, and an IPv6 network as one', async () => {
    await using api = await startApi({ env: { ...TWO, RATE_LIMIT: '1' } })
    const from = async (address: string) => (await askFrom(api, address)).status
    expect(await from('198.51.100.7')).toBe(200)
    expect(await from('198.51.100.8')).toBe(200)
    expect(await from('198.51.100.7')).toBe(429)
    expect(await from('2001:db8::1')).toBe(200)
    expect(await from('2001:db8::2')).toBe(429)
    // What the client says of itself changes nothing.
    expect(await from('203.0.113.1, 198.51.100.7')).toBe(429)
  })

  it('does not believe X-Forwarded-For where no proxy is trusted', async () => {
    await using api = await startApi({ env: { RATE_LIMIT: '1' } })
    expect((await askFrom(api, '198.51.100.7')).status).toBe(200)
    expect((await askFrom(api, '198.51.100.8')).status).toBe(429)
  })

  it('counts each key, wherever it comes from', async () => {
    const API_KEYS = `${hashOf(KEY)},${hashOf(NEW_KEY)}`
    await using api = await startApi({ env: { ...TWO, RATE_LIMIT: '1', API_KEYS } })
    const by = async (key: string, address: string) =>
      (await askFrom(api, address, bearer(key).headers)).status
    expect(await by(KEY, '198.51.100.7')).toBe(200)
    expect(await by(KEY, '198.51.100.8')).toBe(429)
    expect(await by(NEW_KEY, '198.51.100.8')).toBe(200)
  })

  it('stops guessing the token of the administrator', async () => {
    await using api = await startApi({ env: { RATE_LIMIT: '2' } })
    const guess = (token: string) =>
      api.ask(`/results/${'0'.repeat(64)}`, { method: 'DELETE', ...bearer(token) })
    const statuses = [(await guess('a')).status, (await guess('b')).status]
    expect([...statuses, (await guess(TOKEN)).status]).toEqual([401, 401, 429])
  })

  it('refuses an upload before it is read', async () => {
    await using api = await startApi({ env: { RATE_LIMIT: '1' } })
    await api.post()
    const answer = await api.post(new Uint8Array(2_000_000))
    expect(answer.status).toBe(429)
  })

  it('does not count probes', async () => {
    await using api = await startApi({ env: { RATE_LIMIT: '1' } })
    const probes = [1, 2, 3].map(() => api.ask('/readyz'))
    expect(await statusesOf(probes)).toEqual([200, 200, 200])
    expect((await api.ask('/presets')).status).toBe(200)
  })

  it('says nothing where there is no limit', async () => {
    await using api = await startApi()
    const answer = await api.ask('/image', { method: 'POST', body: PICTURE })
    expect(answer.headers.has('RateLimit')).toBe(false)
    expect(answer.headers.has('RateLimit-Policy')).toBe(false)
  })
})

describe('rateLimit()', () => {
  it('forgets who called longest ago instead of filling the memory with addresses', async () => {
    const config = { RATE_LIMIT: 1, RATE_LIMIT_WINDOW_SECONDS: 60, TRUSTED_PROXIES: 1 }
    const app: Hono<AppEnv> = createApp(createLogger('test', 'silent'))
    app.use(rateLimit(config, 2))
    app.get('/', (c) => c.text('ok'))
    await using server = await serveForTest(app)
    const from = async (address: string) =>
      (await fetch(server.url, { headers: { 'X-Forwarded-For': address } })).status
    expect(await from('192.0.2.1')).toBe(200)
    expect(await from('192.0.2.2')).toBe(200)
    // Seen again, so that it is the second who has not called for longest.
    expect(await from('192.0.2.1')).toBe(429)
    expect(await from('192.0.2.3')).toBe(200)
    expect(await from('192.0.2.1')).toBe(429)
    expect(await from('192.0.2.2')).toBe(200)
  })
})
