import { hash } from 'node:crypto'
import type { Bucket } from './bucket.ts'
import {
  entryName,
  entryPrefix,
  fromMetadata,
  keyOfEntry,
  resultName,
  toMetadata,
} from './result-object.ts'
import type { ResultStore } from './result-store.ts'
import type { ObjectHead } from './stored-object.ts'

/** Few enough for a slow server to delete within the time of one operation. */
const DELETED_AT_ONCE = 100

/**
 * Keeps results in a bucket. Deleting all results of a source takes the time of one operation for every
 * 100 of them.
 */
export function createS3ResultStore(bucket: Bucket): ResultStore {
  return {
    get: (key, hold) =>
      bucket.within('get', async (objects) => {
        const found = await objects.get(resultName(key), (head) => {
          const description = describe(key, head)
          if (description) hold?.(description.length)
          return description
        })
        if (!found) return undefined
        const { length: _length, sha256: _sha256, ...result } = found.description
        return { ...result, bytes: found.bytes }
      }),

    has: (key) =>
      bucket.within('find', async (objects) => {
        const head = await objects.head(resultName(key))
        const found = head && describe(key, head)
        return found && { headers: found.headers, byteLength: found.length }
      }),

    put: (key, { bytes, ...result }) =>
      bucket.within('put', async (objects) => {
        const entry = entryName(result.sourceSha256, key)
        // Before, so that no result is ever without: what is deleted by source must be found.
        await objects.putEmpty(entry)
        const sha256 = hash('sha256', bytes, 'hex')
        const metadata = toMetadata({ ...result, length: bytes.length, sha256 })
        const contentType = result.headers['Content-Type']
        await objects.put(resultName(key), { bytes, sha256, contentType, metadata })
        // And after, as another process may have deleted in between. An entry alone does no harm.
        await objects.putEmpty(entry)
      }),

    delete: (key) =>
      bucket.within('delete', async (objects) => {
        const head = await objects.head(resultName(key))
        if (!head) return false
        await objects.delete(resultName(key))
        const sourceSha256 = describe(key, head)?.sourceSha256
        if (sourceSha256) await objects.delete(entryName(sourceSha256, key))
        return true
      }),

    async deleteOfSource(sourceSha256) {
      const prefix = entryPrefix(sourceSha256)
      let count = 0
      let last: string | undefined
      do {
        const entries = await bucket.within('delete', async (objects) => {
          const names = await objects.list(prefix, DELETED_AT_ONCE, last)
          // The entries last: what fails before can be tried again.
          await objects.deleteMany(names.map((name) => resultName(keyOfEntry(name))))
          await objects.deleteMany(names)
          return names
        })
        count += entries.length
        last = entries.length === DELETED_AT_ONCE ? entries.at(-1) : undefined
      } while (last)
      return count
    },
  }
}

function describe(key: string, { contentType, metadata }: ObjectHead) {
  return fromMetadata(key, contentType, metadata)
}
