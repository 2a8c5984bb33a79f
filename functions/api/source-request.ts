import { ProblemError } from '../contract/problem.ts'
import { isDigest } from './digest.ts'
import { parseSourceUrl } from './source-url.ts'

/** The source that a JSON body names: one that is kept, by its digest, or one at a URL. */
export type SourceRequest = { sha256: string } | { url: URL }

/** What has to be sent, for who did not. */
const FORMS = '{"url": "https://…"}, or {"sha256": "…"} of a source that is kept'

/**
 * The source that a JSON body asks for, `{"url": "…"}` or `{"sha256": "…"}`. Throws `invalid_request` for
 * anything else.
 */
export function parseSourceRequest(text: string): SourceRequest {
  const { sha256, url, ...others } = parseObject(text)
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) {
    throw invalid(`The member ${shown(unknown)} is not known; send ${FORMS}, alone.`)
  }
  if (sha256 !== undefined && url !== undefined) {
    throw invalid('Both "url" and "sha256" are there; send the one that is meant.')
  }
  if (typeof url === 'string') return { url: parseSourceUrl(url) }
  if (typeof sha256 === 'string' && isDigest(sha256)) return { sha256 }
  if (url !== undefined) throw invalid('The member "url" holds no text; send all of the URL.')
  if (sha256 === undefined) throw invalid(`The body names no source; send ${FORMS}.`)
  throw invalid(
    'The member "sha256" must hold 64 lower-case hex digits: the SHA-256 of the bytes of the image.',
  )
}

function parseObject(text: string): Record<string, unknown> {
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw invalid(
    `The Content-Type is application/json, but the body is no JSON object; send ${FORMS}, or the bytes ` +
      'of an image with its own type.',
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
