import { describe, expect, it } from 'vitest'
import { createApp } from '../runtime/app.ts'
import { createLogger } from '../runtime/logger.ts'
import { serveForTest } from '../runtime/test-server.ts'
import { securityHeaders } from './security-headers.ts'
import { startApi } from './test-api.ts'

const TOLD = {
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

describe('every answer of the api', () => {
  it('tells a browser to run nothing of it, result or problem', async () => {
    await using api = await startApi()
    const posted = await api.post()
    const path = posted.headers.get('Content-Location') ?? ''
    const etag = { 'If-None-Match': posted.headers.get('ETag') ?? '' }
    const answers = {
      200: posted,
      206: await api.ask(path, { headers: { Range: 'bytes=0-1' } }),
      304: await api.ask(path, { headers: etag }),
      400: await api.ask('/image'),
      401: await api.ask(path, { method: 'DELETE' }),
      404: await api.ask('/nowhere'),
      405: await api.ask('/image', { method: 'PUT' }),
      415: await api.post(new Uint8Array(Buffer.from('<svg onload="alert(1)"/>'))),
    }
    for (const [status, { status: answered, headers }] of Object.entries(answers)) {
      expect(answered).toBe(Number(status))
      expect(Object.fromEntries(headers)).toMatchObject(TOLD)
    }
  })

  it('has its length and no more headers than it needs', async () => {
    await using api = await startApi()
    const { headers } = await api.post()
    expect([...headers.keys()].toSorted()).toEqual(
      [
        ...['cache-status', 'connection', 'content-length', 'content-location', 'content-type'],
        ...['date', 'etag', 'image-geometry', 'image-result', 'image-source', 'keep-alive'],
        ...['server-timing', 'x-request-id', ...Object.keys(TOLD)],
      ].toSorted(),
    )
  })
})

describe('securityHeaders()', () => {
  it('leaves a page with a policy of its own alone', async () => {
    const app = createApp(createLogger('test', 'silent'))
    app.use(securityHeaders())
    const own = { 'Content-Security-Policy': "default-src 'self'" }
    app.get('/docs', (c) => c.html('<script src="docs.js"></script>', 200, own))
    await using server = await serveForTest(app)
    const { headers } = await fetch(`${server.url}/docs`)
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'self'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
  })
})
