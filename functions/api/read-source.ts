import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../contract/problem.ts'
import type { Held } from '../runtime/held-bytes.ts'
import { MIN_SPEED } from '../runtime/min-speed.ts'
import { type Body, readBody } from '../runtime/read-body.ts'
import type { Timings } from '../runtime/server-timing.ts'
import type { ApiConfig } from './config.ts'
import { describeSource, type Source } from './source.ts'
import { firstBytes } from './source-header.ts'
import { parseSourceRequest } from './source-request.ts'
import { readKeptBody, type Sources } from './sources.ts'
import { orUnavailable } from './store-unavailable.ts'

/**
 * Bytes of a request that names a source, which a URL may make long; without a limit a picture that is
 * sent with the wrong type would be read as text.
 */
export const MAX_JSON_BYTES = 10_000

/** What the reading of a source needs of its request; `held` is for the bytes of the source alone. */
export type Reading = { signal: AbortSignal; timings: Timings; held: Held }

/**
 * Reads the source of a request: its body, the kept source that a JSON body names, or the URL that it
 * names, which is not downloaded here. Throws `invalid_request`, `payload_too_large`, `upload_timeout`,
 * `unsupported_media_type`, `too_many_pixels`, `not_found` for a source that is not kept,
 * `store_unavailable`, and `overloaded` when there is no room for its bytes.
 */
export async function readSource(
  incoming: IncomingMessage,
  config: ApiConfig,
  sources: Sources | undefined,
  reading: Reading,
): Promise<Source | URL> {
  if (mediaType(incoming) !== 'application/json') return await readUpload(incoming, config, reading)
  const asked = await readSourceRequest(incoming, reading)
  if ('url' in asked) return asked.url
  if (!config.KEEP_SOURCES || !sources) {
    throw new ProblemError(
      'invalid_request',
      'This service keeps no sources (KEEP_SOURCES is false); send the bytes of the image.',
    )
  }
  return await readKept(sources, asked.sha256, config, reading)
}

const TOO_LARGE = `The Content-Type is application/json, and the body has more than ${MAX_JSON_BYTES} bytes; send {"url": "https://…"}, or the bytes of an image with its own type.`

async function readSourceRequest(incoming: IncomingMessage, { timings }: Reading) {
  const limits = { tooLarge: TOO_LARGE, minSpeed: MIN_SPEED }
  const reading = readBody(incoming, MAX_JSON_BYTES, limits)
  const { chunks } = await timings.measure('upload', reading)
  return parseSourceRequest(Buffer.concat(chunks).toString())
}

async function readKept(
  sources: Sources,
  sha256: string,
  { MAX_SOURCE_PIXELS }: ApiConfig,
  { signal, timings, held }: Reading,
): Promise<Source> {
  const reading = orUnavailable(readKeptBody(sources, sha256, signal, held))
  const body = await timings.measure('fetch', reading)
  if (!body) {
    throw new ProblemError('not_found', 'This source is not kept; send the bytes of the image.')
  }
  return { ...describeSource(body, sha256, MAX_SOURCE_PIXELS), body, held, isKept: true }
}

const FORM =
  'The body is a form (multipart/form-data), as curl -F sends it, and not an image; send the bytes of a ' +
  'JPEG, PNG, WebP, GIF, TIFF or AVIF themselves as the whole body, as curl --data-binary @FILE does.'

const JSON_TEXT =
  'The body begins as JSON does, and not as an image; to name a URL send it with Content-Type: ' +
  'application/json, which curl -d alone does not.'

/** White space before it is looked through no further. */
const JSON_START_BYTES = 256

/** What to say of a body that is no image, where more is known of it. */
function noImage(incoming: IncomingMessage, body: Body): string | undefined {
  if (mediaType(incoming) === 'multipart/form-data') return FORM
  const start = firstBytes(body, JSON_START_BYTES).toString('latin1')
  return /^[ \t\r\n]*\{/.test(start) ? JSON_TEXT : undefined
}

async function readUpload(
  incoming: IncomingMessage,
  { MAX_SOURCE_BYTES, MAX_SOURCE_PIXELS }: ApiConfig,
  { timings, held }: Reading,
): Promise<Source> {
  const sha256 = createHash('sha256')
  const onChunk = (chunk: Buffer) => {
    held.grow(chunk.length)
    sha256.update(chunk)
  }
  const reading = readBody(incoming, MAX_SOURCE_BYTES, { onChunk, minSpeed: MIN_SPEED })
  const body = await timings.measure('upload', reading)
  const description = describeSource(
    body,
    sha256.digest('hex'),
    MAX_SOURCE_PIXELS,
    noImage(incoming, body),
  )
  return { ...description, body, held, isKept: false }
}

function mediaType({ headers }: IncomingMessage): string {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  return type.trim().toLowerCase()
}
