import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import {
  isServiceFailure,
  PROBLEM_MEDIA_TYPE,
  type ProblemCode,
  ProblemError,
  problemToJson,
} from '../contract/problem.ts'
import { ClientGoneError } from './client-signal.ts'
import { answerWhileDiscarding } from './discard-body.ts'
import type { Logger } from './logger.ts'
import { requestIdOf } from './request-id.ts'
import { logRequest } from './request-log.ts'
import { hasSeveralHosts } from './several-hosts.ts'
import { shownPath } from './shown-path.ts'

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
 * `/readyz` that wait for nothing, and problems for every failure. A request with several Hosts is
 * `invalid_request`.
 */
export function createApp(log: Logger): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  // Before everything else: a probe is neither logged nor counted.
  for (const path of ['/livez', '/readyz']) {
    app.get(path, (c, next) => (hasSeveralHosts(c.env.incoming) ? next() : c.text('ok')))
  }

  app.use(async (c, next) => {
    c.set('requestId', requestIdOf(c.env.outgoing))
    c.set('logged', {})
    logRequest(log, c)
    if (hasSeveralHosts(c.env.incoming)) throw severalHosts()
    await next()
  })

  for (const path of ['/livez', '/readyz']) app.all(path, methodNotAllowed('GET', 'HEAD'))

  function answerProblem(problem: ProblemError, c: AppContext): Response {
    c.var.logged.code = problem.code
    const text = `${JSON.stringify(problemToJson(problem, c.var.requestId))}\n`
    const body = answerWhileDiscarding(text, problem.code, c.env)
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
    answerProblem(
      new ProblemError('not_found', `There is nothing at ${shownPath(c.req.path)}.`),
      c,
    ),
  )

  app.onError((error, c: AppContext) => {
    if (error instanceof ClientGoneError) return c.body(null)
    const problem = toProblem(error)
    Object.assign(c.var.logged, reasonOf(problem, error))
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
    const detail = `${c.req.method} is not offered at ${shownPath(c.req.path)}; offered: ${Allow}.`
    throw new ProblemError('method_not_allowed', detail, { headers: { Allow } })
  }
}

function severalHosts(): ProblemError {
  const detail = 'There is more than one Host; send one.'
  return new ProblemError('invalid_request', detail, { cause: 'several hosts' })
}

/** A decoder may say a sentence for each of a thousand oddities. */
export const MAX_REASON_CHARACTERS = 200

/** Problems whose detail says why and repeats nothing that the caller sent, which might be a secret. */
const TOLD: ReadonlySet<ProblemCode> = new Set(['unauthorized', 'source_unreachable', 'overloaded'])

/** What is logged beside the code: all of a failure of the service, a few words of any other. */
function reasonOf(
  { code, cause, detail }: ProblemError,
  error: Error,
): { err?: Error; reason?: string } {
  if (isServiceFailure(code)) {
    // Of a cause that is no error, the log's `err` has nothing.
    return { err: error, ...(typeof cause === 'string' && { reason: shortened(cause) }) }
  }
  if (cause === undefined) return TOLD.has(code) ? { reason: detail } : {}
  return { reason: shortened(cause instanceof Error ? cause.message : String(cause)) }
}

function shortened(reason: string): string {
  return reason.slice(0, MAX_REASON_CHARACTERS)
}

function toProblem(error: Error): ProblemError {
  if (error instanceof ProblemError) return error
  return new ProblemError('internal', 'The service failed on this request; the log has more.', {
    cause: error,
  })
}
