import type { IncomingMessage } from 'node:http'

/**
 * Bytes of an unwanted body that are still read. Many clients read only after they sent everything:
 * closing at once resets the connection and the answer is lost. More than this, and it is an attack
 * that keeps a socket busy.
 */
const MAX_DISCARDED_BYTES = 256 * 1024 * 1024

/** Milliseconds for the same, against a client that sends a byte now and then. */
const MAX_DISCARD_MS = 10_000

/**
 * The body of an answer that may be early. When the request is still arriving, the text is sent at
 * once but the answer ends only after the rest of the request was read and thrown away, so that
 * nothing closes the connection under a client that is still sending. Beyond the bounds it is cut.
 */
export function answerWhileDiscarding(
  text: string,
  incoming: IncomingMessage,
): string | ReadableStream<Uint8Array> {
  if (incoming.complete) {
    incoming.resume()
    return text
  }
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(Buffer.from(text))
      await discard(incoming)
      controller.close()
    },
  })
}

function discard(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let bytes = 0
    const cut = () => incoming.socket.destroy()
    const timer = setTimeout(cut, MAX_DISCARD_MS)
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MAX_DISCARDED_BYTES) cut()
    })
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    incoming.once('end', done).once('close', done)
    incoming.resume()
  })
}
