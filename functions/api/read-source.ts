import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../contract/problem.ts'
import { type Body, readBody } from '../runtime/read-body.ts'
import type { Timings } from '../runtime/server-timing.ts'
import type { ApiConfig } from './config.ts'
import type { Held } from './held-bytes.ts'
import { parseSourceRequest } from './source-request.ts'
import type { Sources } from './sources.ts'
import { orUnavailable } from './store-unavailable.ts'

/** A source that is to be processed; `isKept` when it came from the store. */
export type Source = { body: Body; sha256: string; isKept: boolean }

/**
 * Bytes of a request for a source by its digest, which takes less than a hundred; without a limit a
 * picture that is sent with the wrong type would be read as text.
 */
const MAX_REQUEST_BYTES = 10_000

/**
 * Reads the source of a request: its body, or the kept source that a JSON body names. Throws
 * `invalid_request`, `payload_too_large`, `not_found` for a source that is not kept,
 * `store_unavailable`, and `overloaded` when there is no room for its bytes.
 */
export async function readSource(
  incoming: IncomingMessage,
  config: ApiConfig,
  sources: Sources | undefined,
  timings: Timings,
  held: Held,
): Promise<Source> {
  if (!isJson(incoming)) return await readUpload(incoming, config, timings, held)
  const reading = readBody(incoming, MAX_REQUEST_BYTES, undefined, TOO_LARGE)
  const { chunks } = await timings.measure('upload', reading)
  const sha256 = parseSourceRequest(Buffer.concat(chunks).toString())
  if (!config.KEEP_SOURCES || !sources) {
    throw new ProblemError(
      'invalid_request',
      'This service keeps no sources (KEEP_SOURCES is false); send the bytes of the image.',
    )
  }
  const source = await timings.measure('fetch', orUnavailable(sources.get(sha256)))
  if (!source) {
    throw new ProblemError('not_found', 'This source is not kept; send the bytes of the image.')
  }
  const body = { chunks: [source.bytes], byteLength: source.bytes.length }
  held.grow(body.byteLength)
  return { body, sha256, isKept: true }
}

const TOO_LARGE = `The Content-Type is application/json, and the body has more than ${MAX_REQUEST_BYTES} bytes; send {"sha256": "…"}, or the bytes of an image with its own type.`

async function readUpload(
  incoming: IncomingMessage,
  { MAX_SOURCE_BYTES }: ApiConfig,
  timings: Timings,
  held: Held,
): Promise<Source> {
  const sha256 = createHash('sha256')
  const reading = readBody(incoming, MAX_SOURCE_BYTES, (chunk) => {
    held.grow(chunk.length)
    sha256.update(chunk)
  })
  const body = await timings.measure('upload', reading)
  return { body, sha256: sha256.digest('hex'), isKept: false }
}

function isJson({ headers }: IncomingMessage): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  return type.trim().toLowerCase() === 'application/json'
}
