/**
 * Every failure a client may meet, as RFC 9457 `application/problem+json`. The list is closed: a
 * client can decide by `code` alone. What is not in it is a bug and answers `internal`.
 */
export const PROBLEMS = {
  invalid_request: { status: 400, title: 'The request is not understood' },
  unauthorized: { status: 401, title: 'The request carries no valid credentials' },
  forbidden_source: { status: 403, title: 'This source may not be fetched' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'This method is not offered here' },
  upload_timeout: { status: 408, title: 'The upload took too long' },
  payload_too_large: { status: 413, title: 'The source has too many bytes' },
  unsupported_media_type: { status: 415, title: 'This is not an image the service reads' },
  too_many_pixels: { status: 422, title: 'The image has too many pixels' },
  undecodable_image: { status: 422, title: 'The image is damaged' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'The service failed' },
  source_unreachable: { status: 502, title: 'The source could not be fetched' },
  image_function_unavailable: { status: 502, title: 'The image function did not answer' },
  overloaded: { status: 503, title: 'The service is at its limit' },
  store_unavailable: { status: 503, title: 'The result store did not answer' },
  source_timeout: { status: 504, title: 'The source took too long' },
  image_function_timeout: { status: 504, title: 'The processing took too long' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof PROBLEMS

/**
 * Whether it is a failure of the service, for somebody to look into. Everything else is the caller's, or of
 * the server that the caller named, or a limit that does its work.
 */
export function isServiceFailure(code: ProblemCode): boolean {
  return SERVICE_FAILURES.includes(code)
}

const SERVICE_FAILURES: readonly ProblemCode[] = [
  'internal',
  'image_function_unavailable',
  'image_function_timeout',
  'store_unavailable',
]

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** The JSON members of a problem as it travels. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  requestId: string
}

/** Headers that belong to a problem: `Allow` of a 405, `Retry-After` in seconds, how to authenticate. */
export type ProblemHeaders = {
  Allow?: string
  'Retry-After'?: string
  'WWW-Authenticate'?: string
}

/** An expected failure. `detail` is shown to the caller; `cause` goes to the log only. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly code: ProblemCode
  readonly detail: string
  readonly headers: ProblemHeaders

  constructor(
    code: ProblemCode,
    detail: string,
    options: { headers?: ProblemHeaders; cause?: unknown } = {},
  ) {
    // The code stands in front because many tools show the message alone.
    super(`${code}: ${detail}`, { cause: options.cause })
    this.code = code
    this.detail = detail
    this.headers = options.headers ?? {}
  }

  /** The HTTP status of this problem. */
  get status(): (typeof PROBLEMS)[ProblemCode]['status'] {
    return PROBLEMS[this.code].status
  }
}

/**
 * `overloaded` with the seconds after which a retry is worth it. It has no stack: where most are refused there
 * is no time to walk one for each, and their place says nothing.
 */
export function overloaded(
  detail: string,
  retryAfterSeconds: number,
  cause?: unknown,
): ProblemError {
  const headers = { 'Retry-After': String(retryAfterSeconds) }
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  const problem = new ProblemError('overloaded', detail, { headers, cause })
  Error.stackTraceLimit = stackTraceLimit
  return problem
}

/** The body of the answer for this problem. */
export function problemToJson(error: ProblemError, requestId: string): Problem {
  const { status, title } = PROBLEMS[error.code]
  const type = `urn:problem-type:image:${error.code}`
  return { type, title, status, detail: error.detail, code: error.code, requestId }
}

/** What a received problem says, or `undefined` when the text is not a problem of this list. */
export function problemFromJson(text: string): Pick<Problem, 'code' | 'detail'> | undefined {
  try {
    const { code, detail } = JSON.parse(text)
    if (typeof detail !== 'string' || !Object.hasOwn(PROBLEMS, code)) return undefined
    return { code, detail }
  } catch {
    return undefined
  }
}
