import { ProblemError } from '../contract/problem.ts'
import { isDigest } from './digest.ts'

/**
 * The SHA-256 of the kept source that a JSON body asks for, `{"sha256": "…"}`. Throws `invalid_request`
 * for anything else.
 */
export function parseSourceRequest(text: string): string {
  const { sha256, url, ...others } = parseObject(text)
  if (url !== undefined) {
    throw invalid(
      'This service does not download sources yet; send the bytes of the image, or {"sha256": "…"} ' +
        'of a source that is kept.',
    )
  }
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw invalid(`The member ${shown(unknown)} is not known; send {"sha256": "…"} alone.`)
  }
  if (typeof sha256 !== 'string' || !isDigest(sha256)) {
    throw invalid(
      'The member "sha256" must be there and hold 64 lower-case hex digits: the SHA-256 of the bytes ' +
        'of the image.',
    )
  }
  return sha256
}

function parseObject(text: string): Record<string, unknown> {
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw invalid(
    'The Content-Type is application/json, but the body is no JSON object; send {"sha256": "…"}, or ' +
      'the bytes of an image with its own type.',
  )
}

/** `undefined` for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** None that is meant is longer, and a long one must not come back. */
const MAX_SHOWN_CHARACTERS = 64

function shown(name: string): string {
  return JSON.stringify(name.slice(0, MAX_SHOWN_CHARACTERS))
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid_request', detail)
}
