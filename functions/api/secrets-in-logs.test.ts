import { describe, expect, it, vi } from 'vitest'
import { signQuery } from '../contract/signed-url.ts'
import { PICTURE, startApi, TOKEN } from './test-api.ts'
import { bearer, hashOf, KEY, NEW_KEY } from './test-keys.ts'
import { startOrigin } from './test-origin.ts'
import { MAX_LOGGED_HOST_CHARACTERS } from './url-image.ts'

const SIGNING_KEY = 's'.repeat(32)
const NOW_SECONDS = 1_800_000_000

/** A log that can be read, all of it as text. */
function createReadableLog() {
  const lines: Record<string, unknown>[] = []
  const write = (members: Record<string, unknown>, message?: string) => {
    lines.push(structuredClone({ ...members, message }))
  }
  return { lines, info: write, error: write }
}

describe('the log', () => {
  it('has no key, token, signature or query, whoever is let in or not', async () => {
    const log = createReadableLog()
    await using origin = await startOrigin((_, response) => response.end(PICTURE))
    {
      await using api = await startApi({
        log,
        env: {
          ...{ SOURCE_ALLOW_PRIVATE: 'true', RATE_LIMIT: '100' },
          ...{ API_KEYS: hashOf(KEY), URL_SIGNING_KEYS: SIGNING_KEY },
        },
        downloads: {
          resolveName: async () => ['127.0.0.1'],
          nowMs: () => NOW_SECONDS * 1000,
        },
      })
      const query = `url=${encodeURIComponent(`${origin.url}/private.png?token=source-secret`)}`
      const signed = signQuery(query, NOW_SECONDS + 60, SIGNING_KEY)
      const tampered = `${signed}&scale=64x64`
      const statuses = [
        (await api.ask(`/image?${signed}`)).status,
        (await api.ask(`/image?${tampered}`)).status,
        (await api.ask(`/image?${query}`, bearer(KEY))).status,
        (await api.ask(`/image?${query}`, bearer(NEW_KEY))).status,
        (await api.ask('/image', { headers: { Authorization: `Basic ${KEY}` } })).status,
        (await api.ask(`/results/${'0'.repeat(64)}`, { method: 'DELETE', ...bearer(TOKEN) }))
          .status,
      ]
      expect(statuses).toEqual([200, 401, 200, 401, 401, 404])
      const signature = signed.split('signature=')[1] ?? ''
      for (const secret of [
        ...[KEY, NEW_KEY, TOKEN, SIGNING_KEY, hashOf(KEY), signature],
        ...['source-secret', 'private.png', 'expires=', 'url=', '64x64'],
      ]) {
        expect(JSON.stringify(log.lines)).not.toContain(secret)
      }
    }
    expect(log.lines).toHaveLength(6)
    // Enough to see whether the key that is to go is still in use.
    expect(log.lines.map(({ apiKey }) => apiKey)).toEqual([
      ...[undefined, undefined, hashOf(KEY).slice(0, 8), undefined, undefined, undefined],
    ])
  })

  it('says which limit refused a request, and nothing of what that asked for', async () => {
    const log = createReadableLog()
    await using origin = await startOrigin(() => {})
    await using api = await startApi({
      log,
      env: { SOURCE_ALLOW_PRIVATE: 'true', SOURCE_DOWNLOADS: '2' },
      downloads: { resolveName: async () => ['127.0.0.1'] },
    })
    const leaving = new AbortController()
    const ask = (host: string, secret: string, init?: RequestInit) =>
      api.ask(`/image?url=http://${host}.example:${origin.port}/${secret}`, init)
    const hanging = [ask('a', 'secret-1', leaving)]
    await vi.waitFor(() => expect(origin.connections()).toBe(1))
    expect((await ask('a', 'secret-2')).status).toBe(503)
    hanging.push(ask('b', 'secret-3', leaving))
    await vi.waitFor(() => expect(origin.connections()).toBe(2))
    expect((await ask('c', 'secret-4')).status).toBe(503)
    leaving.abort()
    await Promise.allSettled(hanging)
    expect(log.lines.filter(({ code }) => code === 'overloaded')).toMatchObject([
      { reason: expect.stringMatching(/^From this host the service downloads as many/) },
      { reason: expect.stringMatching(/^The service downloads as many/) },
    ])
    expect(JSON.stringify(log.lines)).not.toContain('secret-')
  })

  it('has no more of a host than the longest name, so that none of 9 kB can fill it', async () => {
    const log = createReadableLog()
    await using api = await startApi({ log })
    const url = `https://${'a.'.repeat(4500)}example/`
    expect((await api.ask(`/image?url=${url}`)).status).toBe(502)
    expect(log.lines).toMatchObject([{ sourceHost: url.slice(0, MAX_LOGGED_HOST_CHARACTERS) }])
  })
})
