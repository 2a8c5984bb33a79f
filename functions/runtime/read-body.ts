import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../contract/problem.ts'
import { createByteCollector } from './byte-collector.ts'
import { ClientGoneError } from './client-signal.ts'
import { tellToContinue } from './expect-continue.ts'
import { type MinSpeed, watchSpeed } from './min-speed.ts'

/** A body in memory: pieces in order, of which only short ones were joined, and the sum of their bytes. */
export type Body = { chunks: Buffer[]; byteLength: number }

export type ReadBodyOptions = {
  /** Sees each chunk as it arrives; what it throws ends the reading. */
  onChunk?: (chunk: Buffer) => void
  /** The sentence of `payload_too_large`. */
  tooLarge?: string
  /** Left out, only the server's limit of a whole request ends one that stops. */
  minSpeed?: MinSpeed
}

/**
 * Reads a request body into memory once. The bytes are counted while they arrive, because a chunked
 * body announces nothing; what a Content-Length announces is believed only when it is too much, and
 * then answered before the body.
 *
 * Throws `payload_too_large` beyond `maxBytes` (inclusive), `upload_timeout` below the minimum speed, what
 * `onChunk` throws, and ClientGoneError when the client leaves.
 */
export function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
  { onChunk = () => {}, tooLarge: detail, minSpeed }: ReadBodyOptions = {},
): Promise<Body> {
  return new Promise((resolve, reject) => {
    if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) {
      reject(tooLarge(maxBytes, detail))
      return
    }
    tellToContinue(incoming)
    const collector = createByteCollector()
    let byteLength = 0
    const settle = (act: () => void) => {
      stopWatching?.()
      incoming.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
      act()
    }
    const refuse = (error: unknown) => {
      incoming.pause()
      settle(() => reject(error))
    }
    const take = (chunk: Buffer) => {
      byteLength += chunk.length
      if (byteLength > maxBytes) throw tooLarge(maxBytes, detail)
      onChunk(chunk)
      collector.add(chunk)
    }
    const onData = (chunk: Buffer) => {
      try {
        take(chunk)
      } catch (error) {
        refuse(error)
      }
    }
    const onEnd = () => settle(() => resolve(collector.toBody()))
    const onGone = () => settle(() => reject(new ClientGoneError()))
    const stopWatching = minSpeed && watchSpeed(incoming, minSpeed, () => refuse(tooSlow(minSpeed)))
    incoming.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}

/** The problem of a body with more bytes than it may have: of a source, unless it is said to be another. */
export function tooLarge(
  maxBytes: number,
  detail = `The source has more than ${maxBytes} bytes; send a smaller file.`,
): ProblemError {
  return new ProblemError('payload_too_large', detail)
}

function tooSlow({ bytes, windowMs }: MinSpeed): ProblemError {
  return new ProblemError(
    'upload_timeout',
    `Less than ${bytes} bytes of the upload arrived in ${windowMs} ms; send it again, or a smaller file.`,
  )
}
