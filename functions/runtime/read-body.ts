import type { IncomingMessage } from 'node:http'
import { ProblemError } from '../contract/problem.ts'
import { createByteCollector } from './byte-collector.ts'
import { ClientGoneError } from './client-signal.ts'
import { tellToContinue } from './expect-continue.ts'

/** A body in memory: pieces in order, of which only short ones were joined, and the sum of their bytes. */
export type Body = { chunks: Buffer[]; byteLength: number }

/**
 * Reads a request body into memory once. The bytes are counted while they arrive, because a chunked
 * body announces nothing; what a Content-Length announces is believed only when it is too much, and
 * then answered before the body. `onChunk` sees each chunk as it arrives.
 *
 * Throws `payload_too_large` with the sentence `tooLarge` beyond `maxBytes` (inclusive), what `onChunk`
 * throws, and ClientGoneError when the client leaves.
 */
export function readBody(
  incoming: IncomingMessage,
  maxBytes: number,
  onChunk: (chunk: Buffer) => void = () => {},
  tooLarge = `The source has more than ${maxBytes} bytes; send a smaller file.`,
): Promise<Body> {
  return new Promise((resolve, reject) => {
    if (Number(incoming.headers['content-length'] ?? 0) > maxBytes) {
      reject(new ProblemError('payload_too_large', tooLarge))
      return
    }
    tellToContinue(incoming)
    const collector = createByteCollector()
    let byteLength = 0
    const settle = (act: () => void) => {
      incoming.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone)
      act()
    }
    const take = (chunk: Buffer) => {
      byteLength += chunk.length
      if (byteLength > maxBytes) throw new ProblemError('payload_too_large', tooLarge)
      onChunk(chunk)
      collector.add(chunk)
    }
    const onData = (chunk: Buffer) => {
      try {
        take(chunk)
      } catch (error) {
        incoming.pause()
        settle(() => reject(error))
      }
    }
    const onEnd = () => settle(() => resolve(collector.toBody()))
    const onGone = () => settle(() => reject(new ClientGoneError()))
    incoming.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone)
  })
}
