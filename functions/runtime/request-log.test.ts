import { describe, expect, it } from 'vitest'
import { overloaded, PROBLEMS, type ProblemCode, ProblemError } from '../contract/problem.ts'
import { createApp } from './app.ts'
import { serveForTest } from './test-server.ts'
import { connectTo } from './test-socket.ts'

type Line = { level: 'info' | 'error' } & Record<string, unknown>

/** An app that fails in several ways, and the next line it logs. */
function loggedApp() {
  const line = Promise.withResolvers<Line>()
  const write = (level: Line['level']) => (members: Record<string, unknown>) =>
    line.resolve({ level, ...members })
  const app = createApp({ info: write('info'), error: write('error') })
  const arrived = Promise.withResolvers<void>()
  app.get('/bug', () => {
    throw new TypeError('the cause')
  })
  app.get('/problem', (c) => {
    c.var.logged.source = 'a picture'
    throw new ProblemError('undecodable_image', 'Cut short.')
  })
  app.get('/fails/:code', (c) => {
    throw new ProblemError(c.req.param('code') as ProblemCode, 'Failed.', {
      cause: new Error('why', { cause: new Error('deeper') }),
    })
  })
  app.get('/never', async () => {
    arrived.resolve()
    return new Promise<Response>(() => {})
  })
  return { app, line: line.promise, arrived: arrived.promise }
}

describe('logRequest()', () => {
  it('writes what was asked and answered, and what the handler added', async () => {
    const { app, line } = loggedApp()
    await using server = await serveForTest(app)
    const answer = await fetch(`${server.url}/problem?quiet=1`)
    expect(await line).toEqual({
      level: 'info',
      requestId: answer.headers.get('X-Request-Id'),
      method: 'GET',
      path: '/problem',
      status: 422,
      durationMs: expect.any(Number),
      code: 'undecodable_image',
      source: 'a picture',
    })
  })

  it('writes a bug as an error with its cause', async () => {
    const { app, line } = loggedApp()
    await using server = await serveForTest(app)
    await fetch(`${server.url}/bug`)
    expect(await line).toMatchObject({
      level: 'error',
      status: 500,
      code: 'internal',
      err: { message: 'the cause' },
    })
  })

  it.each(Object.keys(PROBLEMS))(
    'writes %s as an error only where the service failed',
    async (code) => {
      const { app, line } = loggedApp()
      await using server = await serveForTest(app)
      await fetch(`${server.url}/fails/${code}`)
      const failure = /^(internal|image_function_.*|store_unavailable)$/
      const expected = failure.test(code)
        ? { level: 'error', err: expect.any(ProblemError) }
        : { level: 'info', reason: 'why' }
      expect(await line).toMatchObject({ code, ...expected })
      expect('err' in (await line)).toBe(failure.test(code))
    },
  )

  it.each([
    ['what was seen', { cause: 'text/html' }, { reason: 'text/html' }],
    ['that nothing was', {}, {}],
  ])('writes of a failure of the service %s', async (_, options, seen) => {
    const { app, line } = loggedApp()
    app.get('/fails', () => {
      throw new ProblemError('image_function_unavailable', 'It answered a page.', options)
    })
    await using server = await serveForTest(app)
    await fetch(`${server.url}/fails`)
    expect(await line).toMatchObject({ level: 'error', err: expect.any(ProblemError), ...seen })
  })

  it.each([
    ['of its own', undefined, 'The queue is full.'],
    ['of a function behind it', 'overloaded: No slot.', 'overloaded: No slot.'],
  ])('writes which limit refused a request, %s', async (_, cause, reason) => {
    const { app, line } = loggedApp()
    app.get('/full', () => {
      throw overloaded('The queue is full.', 1, cause)
    })
    await using server = await serveForTest(app)
    await fetch(`${server.url}/full`)
    expect(await line).toMatchObject({ level: 'info', code: 'overloaded', reason })
  })

  it('writes no more of a path of kilobytes than tells a result', async () => {
    const { app, line } = loggedApp()
    await using server = await serveForTest(app)
    await fetch(`${server.url}/${'y'.repeat(10_000)}`)
    expect(await line).toMatchObject({ path: `/${'y'.repeat(99)}…` })
  })

  it('writes no more than the beginning of what a decoder says of a thousand oddities', async () => {
    const { app, line } = loggedApp()
    app.get('/oddities', () => {
      const cause = new Error('an odd segment; '.repeat(1000))
      throw new ProblemError('undecodable_image', 'Damaged.', { cause })
    })
    await using server = await serveForTest(app)
    await fetch(`${server.url}/oddities`)
    const { reason } = await line
    expect(reason).toMatch(/^an odd segment; an odd/)
    expect(String(reason)).toHaveLength(200)
  })

  it('writes 499 for a client that left before its answer', async () => {
    const { app, line, arrived } = loggedApp()
    await using server = await serveForTest(app)
    const socket = await connectTo(server.port)
    socket.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n')
    await arrived
    socket.destroy()
    expect(await line).toMatchObject({ level: 'info', path: '/never', status: 499 })
  })

  it('writes nothing for a probe', async () => {
    const { app, line } = loggedApp()
    await using server = await serveForTest(app)
    await fetch(`${server.url}/livez`)
    await fetch(`${server.url}/problem`)
    expect(await line).toMatchObject({ path: '/problem' })
  })
})
