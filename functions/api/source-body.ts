import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { ProblemError } from '../contract/problem.ts'
import { createByteCollector } from '../runtime/byte-collector.ts'
import type { Held } from '../runtime/held-bytes.ts'
import { type MinSpeed, watchSpeed } from '../runtime/min-speed.ts'
import { type Body, tooLarge } from '../runtime/read-body.ts'
import { unreachable } from './source-unreachable.ts'

export type SourceBodyLimits = { maxBytes: number; minSpeed: MinSpeed }

/** What a download brought. */
export type ReadSource = { body: Body; sha256: string }

/**
 * Bytes of an answer beside those of its body: the headers, and of a chunked body the sizes, extensions and
 * trailers. Stops chunks of a byte with a kilobyte around each, or sizes without an end, which bring nothing
 * that `maxBytes` counts. Chunks of 250 bytes have a megabyte of them in a body of 33 MB.
 */
export const MAX_SOURCE_FRAMING_BYTES = 1_048_576

/** Decoders of the encodings that servers use though `identity` was asked for. */
const DECODERS: Record<string, () => Duplex> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
}

/**
 * Reads the body of an answer, decoded, and hashes it while it arrives. Throws `payload_too_large` as soon
 * as it has more than `maxBytes` (inclusive) after or before its decoding, `source_timeout` when it comes
 * too slowly, `overloaded` when there is no room for it, and `source_unreachable` when it is empty, in an
 * encoding that is not known or little in a lot of framing; rejects with what the system says when it is cut. Nothing is read on after a
 * failure.
 */
export async function readSourceBody(
  response: IncomingMessage,
  { maxBytes, minSpeed }: SourceBodyLimits,
  held: Pick<Held, 'expect' | 'grow'>,
): Promise<ReadSource> {
  const decoder = decoderOf(response)
  if (!decoder) {
    const announcedBytes = Number(response.headers['content-length'] ?? 0)
    if (announcedBytes > maxBytes) throw tooLarge(maxBytes)
    held.expect(announcedBytes)
  }
  const collector = createByteCollector()
  const sha256 = createHash('sha256')
  const collect = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of countedTo(maxBytes, chunks)) {
      held.grow(chunk.length)
      collector.add(chunk)
      sha256.update(chunk)
    }
  }
  let receivedBytes = 0
  async function* receive(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of countedTo(maxBytes, chunks)) {
      receivedBytes += chunk.length
      yield chunk
    }
  }
  const watches = [
    watchSpeed(response, minSpeed, () => response.destroy(tooSlow(minSpeed))),
    watchFraming(response, () => receivedBytes),
  ]
  try {
    if (decoder) await pipeline(response, receive, decoder, collect)
    else await pipeline(response, receive, collect)
  } finally {
    for (const stopWatching of watches) stopWatching()
  }
  const body = collector.toBody()
  if (body.byteLength === 0) throw unreachable('Its server answered with nothing in the body.')
  return { body, sha256: sha256.digest('hex') }
}

function decoderOf({ headers }: IncomingMessage): Duplex | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity') return undefined
  const create = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined
  if (create) return create()
  // Several encodings, too: each multiplies what the one before it unpacks.
  throw unreachable('Its server answered in an encoding that was not asked for.')
}

/** Before its decoding as well: gzip has members that decode to nothing, without an end. */
async function* countedTo(maxBytes: number, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    yield chunk
  }
}

/** Ends the answer when too much of what arrives is not its body, until what is returned is called. */
function watchFraming(response: IncomingMessage, bodyBytes: () => number): () => void {
  const { socket } = response
  const check = () => {
    if (socket.bytesRead - bodyBytes() <= MAX_SOURCE_FRAMING_BYTES) return
    response.destroy(unreachable('Its server sent more than a megabyte around the source.'))
  }
  socket.on('data', check)
  return () => socket.off('data', check)
}

function tooSlow({ bytes, windowMs }: MinSpeed): ProblemError {
  return new ProblemError(
    'source_timeout',
    `The server of the source sent less than ${bytes} bytes in ${windowMs} ms; try again, or send the ` +
      'bytes of the image.',
  )
}
