import type { Held } from '../runtime/held-bytes.ts'
import type { ApiConfig } from './config.ts'
import type { Condition, Downloaded, DownloadSource } from './download-source.ts'
import { describeSource, type Source, type SourceDescription } from './source.ts'
import { unreachable } from './source-unreachable.ts'
import type { KnownUrl, UrlMemory } from './url-memory.ts'

/** What is at a URL now. */
export type Fetched = {
  description: SourceDescription
  /** With its bytes, unless it is still what was known. */
  source: Source | undefined
  freshUntilMs: number | undefined
}

/**
 * Fetches what is at a URL, or that it is still what is known, and remembers it for as long as its server
 * allows. What arrives is held. Rejects as the download does, and as describeSource() does for what is no
 * picture, which is not remembered.
 */
export type FetchUrl = (
  url: URL,
  known: KnownUrl | undefined,
  signal: AbortSignal,
  held: Held,
) => Promise<Fetched>

/** The same whatever is there: what a server says is not for whoever may name its URL. */
const NO_IMAGE =
  'What is at the URL is not an image this service reads, as an HTML page is not; name the URL of the ' +
  'file itself: JPEG, PNG, WebP, GIF, TIFF or AVIF.'

export function createFetchUrl(
  { MAX_SOURCE_PIXELS }: Pick<ApiConfig, 'MAX_SOURCE_PIXELS'>,
  download: DownloadSource,
  memory: UrlMemory,
  nowMs: () => number,
): FetchUrl {
  function remember(
    url: URL,
    description: SourceDescription,
    { freshness, validators, finalUrl }: Omit<Downloaded, 'read'>,
  ): number | undefined {
    const freshUntilMs = freshness && nowMs() + freshness.freshMs
    const isOfUse = freshness && (freshness.freshMs > 0 || hasValidator(validators))
    if (isOfUse)
      memory.set(url, { description, validators, finalUrl, freshUntilMs: freshUntilMs ?? 0 })
    else memory.delete(url)
    return freshUntilMs
  }

  return async (url, known, signal, held) => {
    const { read, ...said } = await download(url, known, signal, held)
    if (!read) {
      if (!known) throw unreachable('Its server answered nothing.')
      const { description } = known
      return { description, source: undefined, freshUntilMs: remember(url, description, said) }
    }
    const description = describeSource(read.body, read.sha256, MAX_SOURCE_PIXELS, NO_IMAGE)
    const freshUntilMs = remember(url, description, said)
    return {
      description,
      source: { ...description, body: read.body, held, isKept: false },
      freshUntilMs,
    }
  }
}

function hasValidator({ etag, lastModified }: Condition['validators']): boolean {
  return etag !== undefined || lastModified !== undefined
}
