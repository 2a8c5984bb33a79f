import { ProblemError } from '../contract/problem.ts'

/** `unauthorized` with how one authenticates. */
export function unauthorized(detail: string): ProblemError {
  return new ProblemError('unauthorized', detail, { headers: { 'WWW-Authenticate': 'Bearer' } })
}
