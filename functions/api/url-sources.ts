import type { ApiConfig } from './config.ts'
import type { DownloadSource } from './download-source.ts'
import { createFetchUrl, type Fetched } from './fetch-url.ts'
import { createSharedFetch, type FetchRequest } from './shared-fetch.ts'
import type { Source, SourceDescription } from './source.ts'
import { unreachable } from './source-unreachable.ts'
import { checkSourceUrl } from './source-url.ts'
import type { ReadKept } from './sources.ts'
import { createUrlMemory } from './url-memory.ts'

/** For how long a source is fresh: 0 when it is not, `undefined` when none may remember it. */
export type FreshMs = number | undefined

/** What is done with a source that is at a URL. */
export type UrlWork<Value> = {
  /** With what is known of it; `undefined` when that is not enough. */
  described: (description: SourceDescription, freshMs: FreshMs) => Promise<Value | undefined>
  /** With its bytes, which are held until the work is done. */
  whole: (source: Source, freshMs: FreshMs) => Promise<Value>
}

/** Sources that are somewhere else. */
export type UrlSources = {
  /**
   * Gives the source of a URL to the work. One that is fresh, or that its server says is unchanged, is only
   * described first, and comes with its bytes when the work needs them; it may be another by then. Equal
   * downloads at the same time are one.
   *
   * Rejects as the download and the work do, and with the reason of the signal.
   */
  use: <Value>(url: URL, request: FetchRequest, work: UrlWork<Value>) => Promise<Value>
}

export type UrlSourceParts = {
  download: DownloadSource
  /** Reads a source that is kept, so that it need not be downloaded. */
  readKept: ReadKept
  nowMs?: () => number
}

export function createUrlSources(
  config: Pick<ApiConfig, 'MAX_SOURCE_PIXELS' | 'SOURCE_HOSTS'>,
  { download, readKept, nowMs = Date.now }: UrlSourceParts,
): UrlSources {
  const memory = createUrlMemory()
  const fetchShared = createSharedFetch(createFetchUrl(config, download, memory, nowMs))

  async function useKnown<Value>(
    url: URL,
    request: FetchRequest,
    { described, whole }: UrlWork<Value>,
  ): Promise<Value | undefined> {
    const known = memory.get(url)
    if (known && known.freshUntilMs > nowMs())
      return await described(known.description, freshFor(known))
    return await fetchShared(url, known, request, (fetched) =>
      fetched.source
        ? whole(fetched.source, freshFor(fetched))
        : described(fetched.description, freshFor(fetched)),
    )
  }

  async function useKept<Value>(
    url: URL,
    { signal, held: request }: FetchRequest,
    { whole }: UrlWork<Value>,
  ): Promise<Value | undefined> {
    const known = memory.get(url)
    if (!known) return undefined
    using held = request.open()
    const { description } = known
    const body = await readKept(description.sha256, signal, held)
    return body && (await whole({ ...description, body, held, isKept: true }, freshFor(known)))
  }

  async function useWhole<Value>(
    url: URL,
    request: FetchRequest,
    { whole }: UrlWork<Value>,
  ): Promise<Value> {
    return await fetchShared(url, undefined, request, async (fetched) => {
      if (!fetched.source) throw unreachable('Its server answered nothing.')
      return await whole(fetched.source, freshFor(fetched))
    })
  }

  function freshFor({ freshUntilMs }: Pick<Fetched, 'freshUntilMs'>): FreshMs {
    return freshUntilMs === undefined ? undefined : Math.max(0, freshUntilMs - nowMs())
  }

  return {
    async use(url, request, work) {
      checkSourceUrl(url, config.SOURCE_HOSTS, 'request')
      return (
        (await useKnown(url, request, work)) ??
        (await useKept(url, request, work)) ??
        (await useWhole(url, request, work))
      )
    },
  }
}
