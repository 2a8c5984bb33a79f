import { LRUCache } from 'lru-cache'
import type { Condition } from './download-source.ts'
import type { SourceDescription } from './source.ts'
import { urlDigest } from './url-digest.ts'

/** What is known of the source at a URL. */
export type KnownUrl = Condition & {
  description: SourceDescription
  /** By the clock of the process; until then it may be taken for what is still there. */
  freshUntilMs: number
}

/** What a URL had when it was last fetched: not its bytes, only what names and describes them. */
export type UrlMemory = {
  get: (url: URL) => KnownUrl | undefined
  set: (url: URL, known: KnownUrl) => void
  delete: (url: URL) => void
}

/** Some 10,000 URLs; strangers choose how many there are. */
export const MAX_URL_MEMORY_BYTES = 16 * 1024 * 1024

/** What an entry takes beside its validators, which are bounded where they are read. */
const ENTRY_BYTES = 1200

/**
 * Remembers the URLs used last, by their digests: a URL may be as long as a request, and hold secrets. It
 * is the memory of one process; another one pays one download.
 */
export function createUrlMemory(): UrlMemory {
  const known = new LRUCache<string, KnownUrl>({
    maxSize: MAX_URL_MEMORY_BYTES,
    sizeCalculation: ({ validators: { etag = '', lastModified = '' } }) =>
      ENTRY_BYTES + 2 * (etag.length + lastModified.length),
  })
  return {
    get: (url) => known.get(urlDigest(url)),
    set: (url, entry) => known.set(urlDigest(url), entry),
    delete: (url) => known.delete(urlDigest(url)),
  }
}
