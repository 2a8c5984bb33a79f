import { createHmac } from 'node:crypto'

/** What a signed URL has in its query beside what is asked for. */
export const EXPIRES_PARAMETER = 'expires'
export const SIGNATURE_PARAMETER = 'signature'

/** What a key to sign with is: long enough that nobody finds it, and an entry of a list with commas. */
export const SIGNING_KEY = /^[\x21-\x2b\x2d-\x7e]{32,}$/

/** The most that a service may be told to let a signed URL be valid for: ten years. */
export const MAX_SIGNED_SECONDS = 315_360_000

/**
 * The canonical query of `GET /image` that says what `query` does, until `expiresSeconds` (since 1970),
 * and its signature as the last parameter.
 */
export function signQuery(query: string, expiresSeconds: number, key: string): string {
  const parameters = new URLSearchParams(query)
  parameters.set(EXPIRES_PARAMETER, String(expiresSeconds))
  const signature = urlSignature(parameters, key)
  return `${canonicalQuery(parameters)}&${SIGNATURE_PARAMETER}=${signature}`
}

/**
 * The signature of what a query of `GET /image` says, whatever signature it has: HMAC-SHA256 in the 43
 * characters of base64url. Nothing in it says where the service is, as one has several names.
 */
export function urlSignature(parameters: URLSearchParams, key: string): string {
  return createHmac('sha256', key)
    .update(`GET /image\n${canonicalQuery(parameters)}`)
    .digest('base64url')
}

/**
 * One spelling for all queries that say the same: what stands between a browser and the service may
 * move parameters, or escape what need not be.
 */
function canonicalQuery(parameters: URLSearchParams): string {
  const canonical = new URLSearchParams(parameters)
  canonical.delete(SIGNATURE_PARAMETER)
  canonical.sort()
  return canonical.toString()
}
