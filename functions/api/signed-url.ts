import { timingSafeEqual } from 'node:crypto'
import type { ProblemError } from '../contract/problem.ts'
import { EXPIRES_PARAMETER, SIGNATURE_PARAMETER, urlSignature } from '../contract/signed-url.ts'
import type { ApiConfig } from './config.ts'
import { unauthorized } from './unauthorized.ts'

/**
 * Whether a query is signed, and if so for how many milliseconds more. Throws `unauthorized` for a
 * signature that is not by one of the keys and over this very query, that has expired, or that would
 * last for too long.
 */
export type CheckSignature = (query: string) => number | undefined

export function createCheckSignature(
  config: Pick<ApiConfig, 'URL_SIGNING_KEYS' | 'URL_SIGNATURE_MAX_SECONDS'>,
  nowMs: () => number = Date.now,
): CheckSignature {
  const keys = config.URL_SIGNING_KEYS
  const maxMs = config.URL_SIGNATURE_MAX_SECONDS * 1000

  function isSigned(parameters: URLSearchParams, signature: string): boolean {
    // All are compared, so that the place of a key in the list takes no time of its own.
    const matches = keys.filter((key) => isSame(signature, urlSignature(parameters, key)))
    return matches.length > 0
  }

  return (query) => {
    const parameters = new URLSearchParams(query)
    const [signature, repeated] = parameters.getAll(SIGNATURE_PARAMETER)
    if (signature === undefined) return undefined
    if (repeated !== undefined || !isSigned(parameters, signature)) throw notSigned()
    const leftMs = expiresMs(parameters) - nowMs()
    if (leftMs <= 0) throw unauthorized('This signed URL has expired; ask for a new one.')
    if (leftMs > maxMs) {
      throw unauthorized(
        `This signed URL is valid for longer than the ${config.URL_SIGNATURE_MAX_SECONDS} seconds ` +
          'that are allowed here; sign one that expires sooner.',
      )
    }
    return leftMs
  }
}

/** The query without what signs it. */
export function withoutSignature(query: string): string {
  const parameters = new URLSearchParams(query)
  parameters.delete(EXPIRES_PARAMETER)
  parameters.delete(SIGNATURE_PARAMETER)
  return parameters.toString()
}

/** Twelve digits of seconds are 31,000 years. */
function expiresMs(parameters: URLSearchParams): number {
  const [text = '', repeated] = parameters.getAll(EXPIRES_PARAMETER)
  if (repeated !== undefined || !/^\d{1,12}$/.test(text)) throw notSigned()
  return Number(text) * 1000
}

function notSigned(): ProblemError {
  return unauthorized(
    'The signature is not that of this URL: its options, its url and its expires have to stay as they ' +
      'were signed.',
  )
}

/** The length of a signature is no secret. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
