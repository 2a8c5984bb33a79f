import { SOURCE_FORMATS } from '../contract/source-format.ts'
import type { Bucket } from './bucket.ts'
import type { KeptDescription, SourceStore } from './source-store.ts'

/** Keeps sources in a bucket, as `sources/<first 2 digits>/<sha256>` with their own type. */
export function createS3SourceStore(bucket: Bucket): SourceStore {
  return {
    get: (sha256) =>
      bucket.within('get', async (objects) => {
        const found = await objects.get(sourceName(sha256), ({ contentType }) => {
          const format = formatOf(contentType)
          return format && { format, sha256 }
        })
        return found && { bytes: found.bytes, format: found.description.format }
      }),

    has: (sha256) =>
      bucket.within('find', async (objects) => {
        const head = await objects.head(sourceName(sha256))
        const format = formatOf(head?.contentType)
        return format && { size: head?.contentLength ?? 0, format }
      }),

    put: (sha256, { bytes, format }) =>
      bucket.within('put', async (objects) => {
        // A refused write has sent all of its bytes, and the same source comes with many options.
        const head = await objects.head(sourceName(sha256))
        if (formatOf(head?.contentType)) return
        await objects.put(sourceName(sha256), { bytes, sha256, contentType: `image/${format}` })
      }),

    delete: (sha256) =>
      bucket.within('delete', async (objects) => {
        if (!(await objects.head(sourceName(sha256)))) return false
        await objects.delete(sourceName(sha256))
        return true
      }),
  }
}

/** The name of the object that holds a source. */
function sourceName(sha256: string): string {
  return `sources/${sha256.slice(0, 2)}/${sha256}`
}

/** The format of a type that `put` wrote. */
function formatOf(contentType: string | undefined): KeptDescription['format'] | undefined {
  return SOURCE_FORMATS.find((format) => contentType === `image/${format}`)
}
