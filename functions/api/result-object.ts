import * as z from 'zod'
import { GEOMETRY_HEADER, RESULT_HEADER, SOURCE_HEADER } from '../contract/image-headers.ts'
import { PIPELINE_VERSION, resultKeyOf } from '../contract/result-key.ts'
import type { StoredResult } from './result-store.ts'

/** The name of the object that holds a result. */
export function resultName(key: string): string {
  return `results/${key.slice(0, 2)}/${key}`
}

/** What the names of all entries of a source begin with. */
export function entryPrefix(sourceSha256: string): string {
  return `results-of/${sourceSha256.slice(0, 2)}/${sourceSha256}/`
}

/** The name of the empty object that says that a source has this result. */
export function entryName(sourceSha256: string, key: string): string {
  return `${entryPrefix(sourceSha256)}${key}`
}

/** The key that an entry is for. */
export function keyOfEntry(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

/** What an object says of the result in it. */
export type ResultDescription = Omit<StoredResult, 'bytes'> & { length: number; sha256: string }

/** User metadata of an object; S3 gives their names back in lower case, and allows 2 kB in all. */
export function toMetadata({ headers, sourceSha256, options, length, sha256 }: ResultDescription) {
  return {
    options,
    'source-sha256': sourceSha256,
    'pipeline-version': PIPELINE_VERSION,
    'image-source': headers[SOURCE_HEADER],
    'image-result': headers[RESULT_HEADER],
    'image-geometry': headers[GEOMETRY_HEADER],
    length: String(length),
    sha256,
  }
}

const objectSchema = z.object({
  contentType: z.string(),
  metadata: z.object({
    options: z.string(),
    'source-sha256': z.string(),
    'pipeline-version': z.string(),
    'image-source': z.string(),
    'image-result': z.string(),
    'image-geometry': z.string(),
    length: z.string().regex(/^\d+$/).transform(Number),
    sha256: z.string(),
  }),
})

/**
 * What `toMetadata` was given, or `undefined` for an object that something else wrote, or that was
 * stored under another key: the key is made again from what the object says was done.
 */
export function fromMetadata(
  key: string,
  contentType: unknown,
  metadata: unknown,
): ResultDescription | undefined {
  const { data } = objectSchema.safeParse({ contentType, metadata })
  if (!data) return undefined
  const { 'source-sha256': sourceSha256, options, length, sha256, ...more } = data.metadata
  if (resultKeyOf(more['pipeline-version'], sourceSha256, options) !== key) return undefined
  const headers = {
    'Content-Type': data.contentType,
    [SOURCE_HEADER]: more['image-source'],
    [RESULT_HEADER]: more['image-result'],
    [GEOMETRY_HEADER]: more['image-geometry'],
  }
  return { headers, sourceSha256, options, length, sha256 }
}
