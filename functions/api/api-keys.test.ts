import { describe, expect, it } from 'vitest'
import { connectTo, readToEnd } from '../runtime/test-socket.ts'
import { PICTURE, startApi, TOKEN } from './test-api.ts'
import { bearer, hashOf, KEY, NEW_KEY } from './test-keys.ts'

const WITH_KEYS = { API_KEYS: `${hashOf(NEW_KEY)},${hashOf(KEY)}`, KEEP_SOURCES: 'true' }
const SHA256 = '0'.repeat(64)

const ASKED = [
  ['POST', '/image'],
  ['GET', '/image?url=https://example.org/a.png'],
  ['HEAD', '/image?url=https://example.org/a.png'],
  ['GET', `/results/${SHA256}`],
  ['HEAD', `/results/${SHA256}`],
  ['HEAD', `/sources/${SHA256}`],
  ['GET', '/presets'],
] as const

describe('an api with API_KEYS', () => {
  it.each(ASKED)('refuses %s %s without a key', async (method, path) => {
    await using api = await startApi({ env: WITH_KEYS })
    const answer = await api.ask(path, { method, ...(method === 'POST' && { body: PICTURE }) })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    if (method !== 'HEAD') {
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(await answer.json()).toMatchObject({ code: 'unauthorized', status: 401 })
    }
    expect(api.calls()).toBe(0)
  })

  it.each([
    ['another key', 'Bearer 7c9e6a54b1d8403e', 'This key is none of those'],
    ['the hash of a key', `Bearer ${hashOf(KEY)}`, 'This key is none of those'],
    ['the token of the administrator', `Bearer ${TOKEN}`, 'This key is none of those'],
    ['a key with more behind it', `Bearer ${KEY} ${KEY}`, 'is not Bearer and a key'],
    ['another scheme', `Basic ${KEY}`, 'is not Bearer and a key'],
    ['no scheme', KEY, 'is not Bearer and a key'],
    ['no key', 'Bearer', 'is not Bearer and a key'],
  ])('refuses %s', async (_, Authorization, sentence) => {
    await using api = await startApi({ env: WITH_KEYS })
    const answer = await api.ask('/presets', { headers: { Authorization } })
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(await answer.json()).toMatchObject({
      code: 'unauthorized',
      detail: expect.stringContaining(sentence),
    })
  })

  it('lets in who shows one of them, the old and the new, however Bearer is spelled', async () => {
    await using api = await startApi({ env: WITH_KEYS })
    for (const Authorization of [`Bearer ${KEY}`, `Bearer ${NEW_KEY}`, `bearer  ${KEY}`]) {
      const headers = { Authorization }
      const answer = await api.ask('/image', { method: 'POST', body: PICTURE, headers })
      expect(answer.status).toBe(200)
      expect(await answer.bytes()).toHaveLength(Number(answer.headers.get('Content-Length')))
    }
  })

  it('does not have shared caches keep what was answered to a key', async () => {
    await using api = await startApi({ env: WITH_KEYS })
    const posted = await api.ask('/image', { method: 'POST', body: PICTURE, ...bearer(KEY) })
    const path = posted.headers.get('Content-Location') ?? ''
    for (const method of ['GET', 'HEAD']) {
      const { headers } = await api.ask(path, { method, ...bearer(KEY) })
      expect(headers.get('Cache-Control')).toBe('private, max-age=31536000, immutable')
    }
    expect((await api.ask(path)).status).toBe(401)
  })

  // As written on the connection: fetch would tidy them up.
  it.each([
    ...['/%69mage', '//image', '/image/', '/x/../image', 'http://x/image', '/image;a', '/image#x'],
    ...['/image%3f', '/IMAGE', '/%70resets', '/results/%61', '/results//a', '/sources/%61'],
  ])('has no spelling of a path that needs no key: %s', async (path) => {
    await using api = await startApi({ env: WITH_KEYS })
    const socket = await connectTo(api.port)
    socket.write(
      `GET ${path}?url=https://example.org/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
    expect(String(await readToEnd(socket))).toMatch(
      /^HTTP\/1.1 (401.*"code":"unauthorized"|404.*There is nothing at)/s,
    )
  })

  it.each(['/livez', '/readyz'])('answers the probe %s to everybody', async (path) => {
    await using api = await startApi({ env: WITH_KEYS })
    expect((await api.ask(path)).status).toBe(200)
  })

  it('lets the administrator delete by their token, and nobody by a key', async () => {
    await using api = await startApi({ env: WITH_KEYS })
    const posted = await api.ask('/image', { method: 'POST', body: PICTURE, ...bearer(KEY) })
    const path = posted.headers.get('Content-Location') ?? ''
    const byKey = await api.ask(path, { method: 'DELETE', ...bearer(KEY) })
    expect(await byKey.json()).toMatchObject({
      code: 'unauthorized',
      detail: expect.stringContaining('Only an administrator deletes'),
    })
    const byToken = await api.ask(path, { method: 'DELETE', ...bearer(TOKEN) })
    expect(byToken.status).toBe(204)
  })
})

describe('an api without API_KEYS', () => {
  it('asks nobody for a key, and does not mind one', async () => {
    await using api = await startApi()
    expect((await api.ask('/presets')).status).toBe(200)
    expect((await api.ask('/presets', bearer(KEY))).status).toBe(200)
  })
})
