import { describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { createLogger } from './logger.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { serveForTest } from './test-server.ts'

describe('addSecurityHeaders()', () => {
  it('is for answers that no helper made, too', async () => {
    const app = createApp(createLogger('test', 'silent'))
    app.get('/', () => new Response('plain'))
    await using server = await serveForTest(app)
    const { headers } = await fetch(server.url)
    expect(Object.fromEntries(headers)).toMatchObject(SECURITY_HEADERS)
  })

  it('leaves a page with a policy of its own alone', async () => {
    const app = createApp(createLogger('test', 'silent'))
    const own = { 'Content-Security-Policy': "default-src 'self'" }
    app.get('/docs', (c) => c.html('<script src="docs.js"></script>', 200, own))
    await using server = await serveForTest(app)
    const { headers } = await fetch(`${server.url}/docs`)
    expect(headers.get('Content-Security-Policy')).toBe("default-src 'self'")
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff')
  })
})
