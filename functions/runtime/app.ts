import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { PROBLEM_MEDIA_TYPE, ProblemError, problemToJson } from '../contract/problem.ts'
import { ClientGoneError } from './client-signal.ts'
import { answerWhileDiscarding } from './discard-body.ts'
import type { Logger } from './logger.ts'
import { requestId } from './request-id.ts'
import { logRequest } from './request-log.ts'

/** What each handler finds in its context: Node's own request and answer, and these variables. */
export type AppEnv = {
  Bindings: HttpBindings
  Variables: {
    requestId: string
    /** Members that a handler adds to the one log line of its request. */
    logged: Record<string, unknown>
  }
}

export type AppContext = Context<AppEnv>

/**
 * An app with what every function has: a request id, one log line per request, `/livez` and
 * `/readyz` that wait for nothing, and problems for every failure.
 */
export function createApp(log: Logger): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  // Before everything else: a probe is neither logged nor counted.
  for (const path of ['/livez', '/readyz']) app.get(path, (c) => c.text('ok'))

  app.use(async (c, next) => {
    c.set('requestId', requestId(c.env.incoming.headers['x-request-id']))
    c.set('logged', {})
    c.header('X-Request-Id', c.var.requestId)
    logRequest(log, c)
    await next()
  })

  for (const path of ['/livez', '/readyz']) app.all(path, methodNotAllowed('GET', 'HEAD'))

  function answerProblem(problem: ProblemError, c: AppContext): Response {
    c.var.logged.code = problem.code
    const text = `${JSON.stringify(problemToJson(problem, c.var.requestId))}\n`
    const body = answerWhileDiscarding(text, c.env)
    return c.body(body, problem.status, {
      'Content-Type': PROBLEM_MEDIA_TYPE,
      ...(body === text && { 'Content-Length': String(Buffer.byteLength(text)) }),
      // What fails now may be there in a moment.
      'Cache-Control': 'no-store',
      ...problem.headers,
    })
  }

  // Answered, not thrown: it would be thrown through the middleware, past what that adds to answers.
  app.notFound((c: AppContext) =>
    answerProblem(new ProblemError('not_found', `There is nothing at ${c.req.path}.`), c),
  )

  app.onError((error, c: AppContext) => {
    if (error instanceof ClientGoneError) return c.body(null)
    const problem = toProblem(error)
    if (problem.cause !== undefined) c.var.logged.err = error
    // The line of a request whose client left is written by now.
    if (problem.code === 'internal' && c.env.outgoing.destroyed) log.error({ err: error })
    return answerProblem(problem, c)
  })

  return app
}

/** The handler of every other method on a route that has some. */
export function methodNotAllowed(...allowed: string[]) {
  return (c: AppContext): never => {
    const Allow = allowed.join(', ')
    const detail = `${c.req.method} is not offered at ${c.req.path}; offered: ${Allow}.`
    throw new ProblemError('method_not_allowed', detail, { headers: { Allow } })
  }
}

function toProblem(error: Error): ProblemError {
  if (error instanceof ProblemError) return error
  return new ProblemError('internal', 'The service failed on this request; the log has more.', {
    cause: error,
  })
}
