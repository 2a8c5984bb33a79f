import type { ServerResponse } from 'node:http'
import { isServiceFailure, type ProblemCode } from '../contract/problem.ts'
import type { AppContext } from './app.ts'
import type { Logger } from './logger.ts'
import { shownPath } from './shown-path.ts'
import { UnreadableRequestError } from './unreadable-request.ts'

/** As nginx writes it: the client left before it was answered. */
const CLIENT_GONE_STATUS = 499

/**
 * Writes one line when the answer is sent, or when the client left before it was: an error when the service
 * failed, which it did not where a stranger's URL leads nowhere or a limit was reached.
 */
export function logRequest(log: Logger, c: AppContext): void {
  const startedMs = performance.now()
  const { outgoing } = c.env
  const { requestId, logged } = c.var
  const { method } = c.req
  const path = shownPath(c.req.path)
  outgoing.once('close', () => {
    const durationMs = Math.round((performance.now() - startedMs) * 10) / 10
    const line = { requestId, method, path, ...endOf(outgoing), durationMs, ...logged }
    if (isFailure(line.status, logged.code as ProblemCode | undefined)) log.error(line)
    else log.info(line)
  })
}

/** How it ended: answered, refused in the middle of its body, or left by its client. */
function endOf(outgoing: ServerResponse): { status: number; code?: ProblemCode; reason?: string } {
  if (outgoing.writableFinished) return { status: outgoing.statusCode }
  const { errored } = outgoing
  if (!(errored instanceof UnreadableRequestError)) return { status: CLIENT_GONE_STATUS }
  const { status, code, reason } = errored
  return { status, code, reason }
}

function isFailure(status: number, code: ProblemCode | undefined): boolean {
  return code ? isServiceFailure(code) : status >= 500
}
