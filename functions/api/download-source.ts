import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { ProblemError } from '../contract/problem.ts'
import type { Held } from '../runtime/held-bytes.ts'
import { MIN_SPEED, type MinSpeed } from '../runtime/min-speed.ts'
import type { ApiConfig } from './config.ts'
import { createJudgedAddresses } from './judged-addresses.ts'
import { orAborted } from './or-aborted.ts'
import { type ReadSource, readSourceBody } from './source-body.ts'
import { exchangeSource } from './source-exchange.ts'
import { type Freshness, freshnessOf, shortest } from './source-freshness.ts'
import type { ResolveName } from './source-names.ts'
import { unreachable, unreachableBecause } from './source-unreachable.ts'
import { checkSourceUrl, forbidden, redirectTarget } from './source-url.ts'
import { urlDigest } from './url-digest.ts'

/** What a server said by which it can be asked later whether its picture is still the same. */
export type Validators = { etag?: string; lastModified?: string }

/** The validators of an answer, and the digest of the URL that gave it at the end of all redirects. */
export type Condition = { validators: Validators; finalUrl: string }

/** What a download brought: nothing where it is what it was. `undefined` freshness: not to be remembered. */
export type Downloaded = Condition & { freshness: Freshness; read: ReadSource | undefined }

/**
 * Downloads a source. Every hop is checked and judged before it is connected to, and all of them have one
 * deadline. With a condition the answer may be that nothing has changed.
 *
 * Throws `forbidden_source`, `payload_too_large`, `overloaded` when there is no room for what arrives,
 * `source_timeout` and `source_unreachable`, or the reason of the signal when that aborts, which ends the
 * download.
 */
export type DownloadSource = (
  url: URL,
  condition: Condition | undefined,
  signal: AbortSignal,
  held: Held,
) => Promise<Downloaded>

export type DownloadParts = {
  resolveName: ResolveName
  /** Certificates to trust in the place of the system's. */
  ca?: string
  minSpeed?: MinSpeed
  nowMs?: () => number
}

type DownloadConfig = Pick<
  ApiConfig,
  | 'MAX_SOURCE_BYTES'
  | 'SOURCE_ALLOW_PRIVATE'
  | 'SOURCE_HOSTS'
  | 'SOURCE_MAX_REDIRECTS'
  | 'SOURCE_TIMEOUT_MS'
>

export function createDownloadSource(
  config: DownloadConfig,
  { resolveName, ca, minSpeed = MIN_SPEED, nowMs = Date.now }: DownloadParts,
): DownloadSource {
  const { SOURCE_HOSTS, SOURCE_MAX_REDIRECTS, SOURCE_TIMEOUT_MS } = config
  const judgedAddresses = createJudgedAddresses(resolveName, config.SOURCE_ALLOW_PRIVATE)
  const limits = { maxBytes: config.MAX_SOURCE_BYTES, minSpeed }

  async function follow(
    first: URL,
    condition: Condition | undefined,
    signal: AbortSignal,
    held: Held,
  ): Promise<Downloaded> {
    const hops: Freshness[] = []
    for (let url = first; ; ) {
      checkSourceUrl(url, SOURCE_HOSTS, hops.length === 0 ? 'request' : 'redirect')
      const addresses = await judgedAddresses(url.hostname, signal)
      // Names may come after that; Node connects first and then looks at the signal.
      signal.throwIfAborted()
      // Only who gave the validators knows what they mean.
      const validators = condition?.finalUrl === urlDigest(url) ? condition.validators : {}
      const conditions = conditionHeaders(validators)
      const response = await exchangeSource(url, { addresses, conditions, signal, ca })
      try {
        hops.push(freshnessOf(response.headers, nowMs()))
        if (isRedirect(response)) {
          if (hops.length > SOURCE_MAX_REDIRECTS) throw tooManyRedirects(SOURCE_MAX_REDIRECTS)
          url = nextUrl(response, url)
          continue
        }
        const isAsked = Object.keys(conditions).length > 0
        const isUnchanged = isAsked && response.statusCode === 304
        if (response.statusCode !== 200 && !isUnchanged) throw answered(response)
        const read = isUnchanged ? undefined : await readSourceBody(response, limits, held)
        const said = { ...(isUnchanged && validators), ...validatorsOf(response.headers) }
        const freshness = shortest(hops)
        return { validators: said, finalUrl: urlDigest(url), freshness, read }
      } finally {
        // A body that nobody wants must not be sent on.
        response.destroy()
      }
    }
  }

  return async (url, condition, signal, held) => {
    signal.throwIfAborted()
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), SOURCE_TIMEOUT_MS)
    const either = AbortSignal.any([signal, deadline.signal])
    try {
      // Whatever the work waits for, such as names that do not heed the signal.
      return await orAborted(follow(url, condition, either, held), either)
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof ProblemError) throw error
      throw deadline.signal.aborted ? timedOut(SOURCE_TIMEOUT_MS) : unreachableBecause(error)
    } finally {
      clearTimeout(timer)
    }
  }
}

function conditionHeaders({ etag, lastModified }: Validators): Record<string, string> {
  if (etag) return { 'If-None-Match': etag }
  return lastModified ? { 'If-Modified-Since': lastModified } : {}
}

/** Longer ones are not kept: many of 16 kB each would fill the memory. */
export const MAX_VALIDATOR_CHARACTERS = 512

function validatorsOf(headers: IncomingHttpHeaders): Validators {
  const { etag = '', 'last-modified': lastModified = '' } = headers
  const isKept = (text: string) => text !== '' && text.length <= MAX_VALIDATOR_CHARACTERS
  return { ...(isKept(etag) && { etag }), ...(isKept(lastModified) && { lastModified }) }
}

const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308])

function isRedirect({ statusCode, headers }: IncomingMessage): boolean {
  return REDIRECTS.has(statusCode) && headers.location !== undefined
}

function nextUrl({ headers }: IncomingMessage, from: URL): URL {
  const next = redirectTarget(withBytesEscaped(headers.location ?? ''), from)
  if (!next) throw unreachable('Its server redirects to what is no URL.')
  if (from.protocol === 'https:' && next.protocol === 'http:') {
    throw forbidden('Its server redirects from https to http.', next.host)
  }
  return next
}

/** Node reads each byte of a header as a character: a path in UTF-8 would become another. */
function withBytesEscaped(header: string): string {
  return header.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`)
}

function answered({ statusCode }: IncomingMessage): ProblemError {
  return unreachable(`Its server answered ${statusCode}.`)
}

function tooManyRedirects(max: number): ProblemError {
  return unreachable(`Its server redirects more than ${max} times.`)
}

function timedOut(timeoutMs: number): ProblemError {
  return new ProblemError(
    'source_timeout',
    `The source could not be fetched within ${timeoutMs} ms; try again, or send the bytes of the image.`,
  )
}
