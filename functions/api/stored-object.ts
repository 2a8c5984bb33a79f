import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'

/** What is known of an object without its bytes. */
export type ObjectHead = {
  contentType: string | undefined
  contentLength: number | undefined
  metadata: Record<string, string> | undefined
}

export type NewObject = {
  bytes: Buffer
  sha256: string
  contentType: string
  metadata?: Record<string, string>
}

/** An object that a server has begun to send. */
export type StoredObject = { head: ObjectHead; body: Readable }

/** What the bytes of an object must be. */
export type ExpectedBytes = { length?: number; sha256: string }

/** What an object must be, by what it says of itself; `undefined` when that is nothing of use. */
export type Describe<Description extends ExpectedBytes> = (
  head: ObjectHead,
) => Description | undefined

export type VerifiedObject<Description> = { bytes: Buffer; description: Description }

/** Bytes that are not those that were put. */
export class DamagedError extends Error {
  override readonly name = 'DamagedError'
}

/**
 * The bytes of an object when they are those that its description expects; else it throws DamagedError.
 * When the description throws, nothing is read, and it throws that.
 */
export async function readVerified<Description extends ExpectedBytes>(
  object: StoredObject,
  describe: Describe<Description>,
): Promise<VerifiedObject<Description>> {
  const description = describeOrEnd(object, describe)
  const { bytes, sha256 } = await readBody(object.body)
  if (sha256 !== description.sha256) throw new DamagedError('the bytes have another SHA-256')
  return { bytes, description }
}

/** What is not read must not keep a connection. */
function describeOrEnd<Description extends ExpectedBytes>(
  { head, body }: StoredObject,
  describe: Describe<Description>,
): Description {
  try {
    return checkedDescription(head, describe)
  } catch (error) {
    body.destroy()
    throw error
  }
}

function checkedDescription<Description extends ExpectedBytes>(
  head: ObjectHead,
  describe: Describe<Description>,
): Description {
  const description = describe(head)
  if (!description) throw new DamagedError('the object holds something else than its name says')
  const { contentLength } = head
  const { length = contentLength } = description
  if (contentLength === length) return description
  throw new DamagedError(`the object holds ${contentLength} bytes, not ${length}`)
}

async function readBody(body: Readable): Promise<{ bytes: Buffer; sha256: string }> {
  const digest = createHash('sha256')
  const chunks: Buffer[] = []
  try {
    for await (const chunk of body) {
      digest.update(chunk)
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new DamagedError('the answer ends too early', { cause })
  }
  return { bytes: Buffer.concat(chunks), sha256: digest.digest('hex') }
}
