import type { IncomingMessage, ServerResponse } from 'node:http'
import { ProblemError } from '../contract/problem.ts'
import { REQUEST_TIMEOUT_HEADER, timeoutFromHeader } from '../contract/request-timeout.ts'
import { clientSignal } from '../runtime/client-signal.ts'

/**
 * Until when the caller waits by its `Request-Timeout-Ms`, by the clock of `performance`; for ever without
 * one. To be called when the request arrives. Throws `invalid_request` for one that is not understood.
 */
export function callerWaitsUntilMs({ headers }: IncomingMessage): number {
  const text = headers[REQUEST_TIMEOUT_HEADER.toLowerCase()]
  if (text === undefined) return Number.POSITIVE_INFINITY
  const timeoutMs = timeoutFromHeader(String(text))
  if (timeoutMs !== undefined) return performance.now() + timeoutMs
  const detail = `${REQUEST_TIMEOUT_HEADER} is not a whole number of milliseconds, at least 1.`
  throw new ProblemError('invalid_request', detail)
}

/**
 * Aborts work that is not begun when nobody wants it any more: its client left, or it is too late by the
 * clock of `performance` (then with `image_function_timeout`).
 */
export function workSignal(outgoing: ServerResponse, endMs: number): AbortSignal {
  const leftMs = endMs - performance.now()
  if (leftMs <= 0) return AbortSignal.abort(tooLate())
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(tooLate()), leftMs)
  outgoing.once('close', () => clearTimeout(timer))
  return AbortSignal.any([clientSignal(outgoing), deadline.signal])
}

function tooLate(): ProblemError {
  return new ProblemError(
    'image_function_timeout',
    'The image waited too long for its turn and was dropped; try again in a moment.',
  )
}
