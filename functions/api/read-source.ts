import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../contract/problem.ts'
import { readBody } from '../runtime/read-body.ts'
import type { Timings } from '../runtime/server-timing.ts'
import type { ApiConfig } from './config.ts'
import type { Held } from './held-bytes.ts'
import { describeSource, type Source } from './source.ts'
import { parseSourceRequest } from './source-request.ts'
import type { Sources } from './sources.ts'
import { orUnavailable } from './store-unavailable.ts'

/**
 * Bytes of a request that names a source, which a URL may make long; without a limit a picture that is
 * sent with the wrong type would be read as text.
 */
const MAX_REQUEST_BYTES = 10_000

/**
 * Reads the source of a request: its body, the kept source that a JSON body names, or the URL that it
 * names, which is not downloaded here. Throws `invalid_request`, `payload_too_large`,
 * `unsupported_media_type`, `too_many_pixels`, `not_found` for a source that is not kept,
 * `store_unavailable`, and `overloaded` when there is no room for its bytes.
 */
export async function readSource(
  incoming: IncomingMessage,
  config: ApiConfig,
  sources: Sources | undefined,
  timings: Timings,
  held: Held,
): Promise<Source | URL> {
  if (!isJson(incoming)) return await readUpload(incoming, config, timings, held)
  const reading = readBody(incoming, MAX_REQUEST_BYTES, undefined, TOO_LARGE)
  const { chunks } = await timings.measure('upload', reading)
  const asked = parseSourceRequest(Buffer.concat(chunks).toString())
  if ('url' in asked) return asked.url
  if (!config.KEEP_SOURCES || !sources) {
    throw new ProblemError(
      'invalid_request',
      'This service keeps no sources (KEEP_SOURCES is false); send the bytes of the image.',
    )
  }
  const { sha256 } = asked
  const kept = await timings.measure('fetch', orUnavailable(sources.get(sha256)))
  if (!kept) {
    throw new ProblemError('not_found', 'This source is not kept; send the bytes of the image.')
  }
  const body = { chunks: [kept.bytes], byteLength: kept.bytes.length }
  held.grow(body.byteLength)
  return { ...describeSource(body, sha256, config.MAX_SOURCE_PIXELS), load: async () => body }
}

const TOO_LARGE = `The Content-Type is application/json, and the body has more than ${MAX_REQUEST_BYTES} bytes; send {"url": "https://…"}, or the bytes of an image with its own type.`

async function readUpload(
  incoming: IncomingMessage,
  { MAX_SOURCE_BYTES, MAX_SOURCE_PIXELS }: ApiConfig,
  timings: Timings,
  held: Held,
): Promise<Source> {
  const sha256 = createHash('sha256')
  const reading = readBody(incoming, MAX_SOURCE_BYTES, (chunk) => {
    held.grow(chunk.length)
    sha256.update(chunk)
  })
  const body = await timings.measure('upload', reading)
  const described = describeSource(body, sha256.digest('hex'), MAX_SOURCE_PIXELS)
  return { ...described, load: async () => body, brought: body }
}

function isJson({ headers }: IncomingMessage): boolean {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  return type.trim().toLowerCase() === 'application/json'
}
