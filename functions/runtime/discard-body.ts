import type { IncomingMessage } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import type { ProblemCode } from '../contract/problem.ts'
import { waitsForContinue } from './expect-continue.ts'

/**
 * Bytes of an unwanted body that are still read. Many clients read only after they sent everything:
 * closing at once resets the connection and the answer is lost. More than this, and it is an attack
 * that keeps a socket busy.
 */
export const MAX_DISCARDED_BYTES = 256 * 1024 * 1024

/** The same for who may not call, or not now: a photograph, so that its sender learns why. */
export const MAX_DISCARDED_OF_STRANGERS_BYTES = 8 * 1024 * 1024

/** Milliseconds for the same, against a client that sends a byte now and then. */
export const MAX_DISCARD_MS = 10_000

/** Milliseconds without a byte: a client that read the answer and sends no more waits for its end. */
export const MAX_DISCARD_PAUSE_MS = 2000

/**
 * The body of an answer that may be early. When the request is still arriving, the text is sent at
 * once but the answer ends only after the rest of the request was read and thrown away, so that
 * nothing closes the connection under a client that is still sending. Beyond the bounds the answer
 * ends, and the connection with it. A client that still waits for the word to send its body gets the
 * answer alone, and the connection ends, as it may send the body or not.
 *
 * @NOTE Such an answer must not announce its length: a proxy takes it for complete at its last byte,
 * and closes both connections in the middle of the upload.
 */
export function answerWhileDiscarding(
  text: string,
  code: ProblemCode,
  bindings: HttpBindings,
): string | ReadableStream<Uint8Array> {
  const { incoming, outgoing } = bindings
  if (waitsForContinue(incoming)) {
    outgoing.setHeader('Connection', 'close')
    return text
  }
  if (incoming.complete || !hasBody(incoming)) {
    incoming.resume()
    return text
  }
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(Buffer.from(text))
      await discard(
        bindings,
        isOfStranger(code) ? MAX_DISCARDED_OF_STRANGERS_BYTES : MAX_DISCARDED_BYTES,
      )
      controller.close()
    },
  })
}

/** By its head: at the time of an early answer, the end of none has not arrived either. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function isOfStranger(code: ProblemCode): boolean {
  return code === 'unauthorized' || code === 'rate_limited'
}

function discard({ incoming, outgoing }: HttpBindings, maxBytes: number): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0
    const done = () => {
      incoming.off('data', count)
      clearTimeout(whole)
      clearTimeout(pause)
      resolve()
    }
    const cut = () => {
      outgoing.once('finish', () => incoming.socket.destroySoon())
      done()
    }
    const whole = setTimeout(cut, MAX_DISCARD_MS)
    const pause = setTimeout(cut, MAX_DISCARD_PAUSE_MS)
    const count = (chunk: Buffer) => {
      pause.refresh()
      bytes += chunk.length
      if (bytes > maxBytes) cut()
    }
    incoming.on('data', count)
    incoming.once('end', done).once('close', done)
    incoming.resume()
  })
}
