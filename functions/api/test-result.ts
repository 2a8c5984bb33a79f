/** Stored results for the tests. */
import { createHash } from 'node:crypto'
import { PIPELINE_VERSION, resultKeyOf } from '../contract/result-key.ts'
import type { StoredResult } from './result-store.ts'

export function sha256Of(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A result with headers in which everything occurs that real ones hold. */
export function resultOf(bytes: string | Buffer, source = 'a source'): StoredResult {
  return {
    bytes: Buffer.from(bytes),
    headers: {
      'Content-Type': 'application/x-npy',
      'Image-Source': 'width=400, height=300, format="png", orientation=1',
      'Image-Result':
        'width=224, height=224, channels=3, depth=32, mode="exact", shape=(3 224 224), dtype="float32", layout="chw"',
      'Image-Geometry': 'scale-x="1.5", scale-y="1.5", offset-x="-0.25", offset-y="0"',
    },
    sourceSha256: sha256Of(source),
    options: 'scale=224x224&grayscale=false&alpha=%23ff8000',
  }
}

/** The key of a result, by what it says was done. */
export function keyOf({ sourceSha256, options }: StoredResult): string {
  return resultKeyOf(PIPELINE_VERSION, sourceSha256, options)
}

/** Different ones for each test: a store may outlive one. */
let made = 0

/** A result that was not there before, and its key. */
export function newResult(bytes: string | Buffer, source = `source ${made} of ${process.pid}`) {
  const result = { ...resultOf(bytes, source), options: `quality=${made++}` }
  return { key: keyOf(result), result }
}
