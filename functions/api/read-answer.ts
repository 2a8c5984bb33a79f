import type { IncomingMessage } from 'node:http'

/**
 * Reads the body of an answer into memory; `undefined` when it has more than `maxBytes` (inclusive), of
 * which nothing more is read then. Rejects when it is cut.
 */
export function readAnswer(
  response: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let byteLength = 0
    response.on('data', (part: Buffer) => {
      byteLength += part.length
      if (byteLength <= maxBytes) parts.push(part)
      else {
        response.destroy()
        resolve(undefined)
      }
    })
    response.once('end', () => resolve(Buffer.concat(parts)))
    response.on('error', reject)
  })
}
