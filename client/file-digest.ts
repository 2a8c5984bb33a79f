import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { FileError } from './file-error.ts'

/** The SHA-256 of the bytes of a file, in lower-case hex digits. Throws FileError when it cannot be read. */
export async function fileDigest(file: string, signal: AbortSignal): Promise<string> {
  const digest = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file, { signal })) digest.update(chunk)
  } catch (error) {
    signal.throwIfAborted()
    throw new FileError('The file cannot be read.', { cause: error })
  }
  return digest.digest('hex')
}
