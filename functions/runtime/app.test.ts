import { describe, expect, it } from 'vitest'
import { overloaded, ProblemError } from '../contract/problem.ts'
import { createApp, methodNotAllowed } from './app.ts'
import { createLogger } from './logger.ts'
import { serveForTest } from './test-server.ts'

function appThatFails() {
  const app = createApp(createLogger('test', 'silent'))
  app.get('/problem', () => {
    throw new ProblemError('undecodable_image', 'Cut short.', { cause: new Error('secret') })
  })
  app.get('/full', () => {
    throw overloaded('Full.', 7)
  })
  app.get('/bug', () => {
    throw new TypeError('secret is not a function')
  })
  app.post('/post', (c) => c.text('done'))
  app.all('/post', methodNotAllowed('POST'))
  app.all('/any/:name', methodNotAllowed('GET'))
  return app
}

describe('createApp()', () => {
  it.each(['/livez', '/readyz'])('answers ok at %s', async (path) => {
    await using server = await serveForTest(appThatFails())
    const answer = await fetch(server.url + path)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('ok')
  })

  it('answers a problem with its status and members, and not with its cause', async () => {
    await using server = await serveForTest(appThatFails())
    const answer = await fetch(`${server.url}/problem`, { headers: { 'X-Request-Id': 'r-1' } })
    expect(answer.status).toBe(422)
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
    expect(await answer.json()).toEqual({
      type: 'urn:problem-type:image:undecodable_image',
      title: 'The image is damaged',
      status: 422,
      detail: 'Cut short.',
      code: 'undecodable_image',
      requestId: 'r-1',
    })
  })

  it('answers a bug with internal and nothing of what went wrong', async () => {
    await using server = await serveForTest(appThatFails())
    const answer = await fetch(`${server.url}/bug`)
    expect(answer.status).toBe(500)
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ code: 'internal' })
    expect(text).not.toContain('secret')
  })

  it('says when to come back where it is full', async () => {
    await using server = await serveForTest(appThatFails())
    const answer = await fetch(`${server.url}/full`)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('Retry-After')).toBe('7')
  })

  it('answers another method with 405 and what is offered', async () => {
    await using server = await serveForTest(appThatFails())
    const answer = await fetch(`${server.url}/post`, { method: 'PUT', body: 'x' })
    expect(answer.status).toBe(405)
    expect(answer.headers.get('Allow')).toBe('POST')
    expect(await answer.json()).toMatchObject({ code: 'method_not_allowed' })
  })

  it('answers an unknown path with not_found', async () => {
    await using server = await serveForTest(appThatFails())
    const answer = await fetch(`${server.url}/nowhere`)
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'not_found' })
  })

  it.each([
    ['not_found', 'GET', '/'],
    ['method_not_allowed', 'PUT', '/any/'],
  ])('tells little of a long path: %s', async (code, method, path) => {
    await using server = await serveForTest(appThatFails())
    const answer = await fetch(server.url + path + 'y'.repeat(10_000), { method })
    const text = await answer.text()
    expect(JSON.parse(text)).toMatchObject({ code, detail: expect.stringContaining('yyy…') })
    expect(text.length).toBeLessThan(500)
  })

  it.each(['abc', 'A.b_c~d-9', 'x'.repeat(128)])('echoes the request id %s', async (id) => {
    await using server = await serveForTest(appThatFails())
    const answer = await fetch(`${server.url}/problem`, { headers: { 'X-Request-Id': id } })
    expect(answer.headers.get('X-Request-Id')).toBe(id)
  })

  it.each(['', 'has space', '"quoted"', 'x'.repeat(129)])(
    'makes a request id instead of %j',
    async (id) => {
      await using server = await serveForTest(appThatFails())
      const answer = await fetch(`${server.url}/post`, {
        method: 'POST',
        headers: { 'X-Request-Id': id },
      })
      expect(answer.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})
