import type { Body } from '../runtime/read-body.ts'
import type { Timings } from '../runtime/server-timing.ts'
import type { ApiConfig } from './config.ts'
import type { Condition, Downloaded, DownloadSource } from './download-source.ts'
import { createSingleFlight } from './single-flight.ts'
import { describeSource, type Source, type SourceDescription } from './source.ts'
import { unreachable } from './source-unreachable.ts'
import { checkSourceUrl } from './source-url.ts'
import { createUrlMemory, type KnownUrl } from './url-memory.ts'

/** A source at a URL, and for how long it is fresh: 0 when it is not, `undefined` when none may remember it. */
export type UrlSource = Source & { freshMs: number | undefined }

/** Who waits for a source: until the signal aborts, and told how long it took. */
export type FetchRequest = { signal: AbortSignal; timings: Timings }

/** Sources that are somewhere else. */
export type UrlSources = {
  /**
   * Gives the source of a URL to the work. One that is fresh, or that its server says is unchanged, comes
   * without its bytes, and is downloaded only when the work asks for them; should it be another by then,
   * the work is done once more with that. Equal downloads at the same time are one.
   *
   * Rejects as the download and the work do, and with the reason of the signal.
   */
  use: <Value>(
    url: URL,
    request: FetchRequest,
    work: (source: UrlSource) => Promise<Value>,
  ) => Promise<Value>
}

export type UrlSourceParts = {
  download: DownloadSource
  /** The bytes of a source that is kept, so that it need not be downloaded. */
  findKept: (sha256: string) => Promise<Body | undefined>
  nowMs?: () => number
}

export function createUrlSources(
  config: Pick<ApiConfig, 'MAX_SOURCE_PIXELS' | 'SOURCE_HOSTS'>,
  { download, findKept, nowMs = Date.now }: UrlSourceParts,
): UrlSources {
  const memory = createUrlMemory()
  const flights = createSingleFlight<Fetched>()

  /** The source as it is now: its bytes, or that it is still the one that is known. */
  async function fetchOnce(
    url: URL,
    known: KnownUrl | undefined,
    signal: AbortSignal,
  ): Promise<Fetched> {
    const downloaded = await download(url, known, signal)
    const { read, ...said } = downloaded
    const source = read
      ? describeSource(read.body, read.sha256, config.MAX_SOURCE_PIXELS)
      : known?.source
    if (!source) throw unreachable('Its server answered nothing.')
    const freshUntilMs = remember(url, source, said)
    return { source, body: read?.body, freshUntilMs }
  }

  function remember(
    url: URL,
    source: SourceDescription,
    { freshness, validators, finalUrl }: Omit<Downloaded, 'read'>,
  ): number | undefined {
    const freshUntilMs = freshness && nowMs() + freshness.freshMs
    const isOfUse = freshness && (freshness.freshMs > 0 || hasValidator(validators))
    if (isOfUse) memory.set(url, { source, validators, finalUrl, freshUntilMs: freshUntilMs ?? 0 })
    else memory.delete(url)
    return freshUntilMs
  }

  /** By another key when all of it is needed: an answer that nothing has changed is not enough then. */
  async function fetchSource(
    url: URL,
    known: KnownUrl | undefined,
    { signal, timings }: FetchRequest,
  ): Promise<Fetched> {
    const key = `${known ? 'if-changed' : 'all'} ${url.href}`
    const joined = flights.join(key, signal, (shared) => fetchOnce(url, known, shared))
    const { value } = await timings.measure('fetch', joined)
    return value
  }

  async function currentSource(url: URL, request: FetchRequest): Promise<UrlSource> {
    const known = memory.get(url)
    if (known && known.freshUntilMs > nowMs()) return withoutBytes(url, known, request)
    const fetched = await fetchSource(url, known, request)
    return fetched.body ? withBytes(fetched, fetched.body) : withoutBytes(url, fetched, request)
  }

  function withoutBytes(
    url: URL,
    { source, freshUntilMs }: Pick<Fetched, 'source' | 'freshUntilMs'>,
    { timings }: FetchRequest,
  ): UrlSource {
    const described: UrlSource = {
      ...source,
      freshMs: freshFor(freshUntilMs),
      async load(signal) {
        const kept = await findKept(source.sha256)
        if (kept) return kept
        const fetched = await fetchSource(url, undefined, { signal, timings })
        const { body } = fetched
        if (!body) throw unreachable('Its server answered nothing.')
        if (fetched.source.sha256 !== source.sha256)
          throw new ChangedError(withBytes(fetched, body))
        described.brought = body
        return body
      },
    }
    return described
  }

  function withBytes({ source, freshUntilMs }: Fetched, body: Body): UrlSource {
    const freshMs = freshFor(freshUntilMs)
    return { ...source, freshMs, load: async () => body, brought: body }
  }

  function freshFor(untilMs: number | undefined): number | undefined {
    return untilMs === undefined ? undefined : Math.max(0, untilMs - nowMs())
  }

  return {
    async use(url, request, work) {
      checkSourceUrl(url, config.SOURCE_HOSTS)
      const source = await currentSource(url, request)
      try {
        return await work(source)
      } catch (error) {
        if (!(error instanceof ChangedError)) throw error
        return await work(error.source)
      }
    },
  }
}

/** What a flight brought; no body where nothing has changed. */
type Fetched = {
  source: SourceDescription
  body: Body | undefined
  freshUntilMs: number | undefined
}

/** The URL has another source than the one that the work began with. */
class ChangedError extends Error {
  override readonly name = 'ChangedError'
  readonly source: UrlSource

  constructor(source: UrlSource) {
    super('the source has changed')
    this.source = source
  }
}

function hasValidator({ etag, lastModified }: Condition['validators']): boolean {
  return etag !== undefined || lastModified !== undefined
}
