import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProblemError } from '../contract/problem.ts'
import { REQUEST_TIMEOUT_HEADER, timeoutFromHeader } from '../contract/request-timeout.ts'
import { clientSignal } from '../runtime/client-signal.ts'

/**
 * Aborts work that is not begun when nobody wants it any more: its client left, or waits no longer by its
 * own `Request-Timeout-Ms`, or `maxMs` have passed (then with `image_function_timeout`). Throws
 * `invalid_request` for a header that is not understood.
 */
export function workSignal(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  maxMs: number,
): AbortSignal {
  const timeoutMs = Math.min(maxMs, callersTimeoutMs(incoming))
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(tooLate(timeoutMs)), timeoutMs)
  outgoing.once('close', () => clearTimeout(timer))
  return AbortSignal.any([clientSignal(outgoing), deadline.signal])
}

function callersTimeoutMs({ headers }: IncomingMessage): number {
  const text = headers[REQUEST_TIMEOUT_HEADER.toLowerCase()]
  if (text === undefined) return Number.POSITIVE_INFINITY
  const timeoutMs = timeoutFromHeader(String(text))
  if (timeoutMs !== undefined) return timeoutMs
  const detail = `${REQUEST_TIMEOUT_HEADER} is not a whole number of milliseconds, at least 1.`
  throw new ProblemError('invalid_request', detail)
}

function tooLate(timeoutMs: number): ProblemError {
  return new ProblemError(
    'image_function_timeout',
    `The image waited for more than ${timeoutMs} ms and was dropped; try again in a moment.`,
  )
}
