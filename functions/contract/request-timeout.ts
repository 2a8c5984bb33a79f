/** For how many milliseconds more a caller waits for the answer: later, nobody is there to read it. */
export const REQUEST_TIMEOUT_HEADER = 'Request-Timeout-Ms'

/** Ten digits are 115 days; more would be a mistake. */
const WHOLE_MS = /^[1-9]\d{0,9}$/

/** The value of `Request-Timeout-Ms`, whole and at least 1. */
export function timeoutToHeader(timeoutMs: number): string {
  return String(Math.max(1, Math.floor(timeoutMs)))
}

/** The milliseconds of a `Request-Timeout-Ms`, or `undefined` when it says none. */
export function timeoutFromHeader(text: string): number | undefined {
  return WHOLE_MS.test(text) ? Number(text) : undefined
}
