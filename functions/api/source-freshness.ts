import type { IncomingHttpHeaders } from 'node:http'

/**
 * For how long what was fetched may be taken for what is still there; `undefined` when it may not be
 * remembered at all.
 */
export type Freshness = { freshMs: number } | undefined

/** A server that once said a year, and whose picture had to go, is asked again after a day. */
export const MAX_FRESH_MS = 24 * 3_600_000

/**
 * What the headers of an answer say, as RFC 9111 has it for a cache that is shared. Nothing is guessed:
 * an answer that says nothing is never fresh, nor is one that contradicts itself.
 */
export function freshnessOf(headers: IncomingHttpHeaders, nowMs: number): Freshness {
  const directives = parseDirectives(headers['cache-control'] ?? '')
  const mayNot = directives.has('no-store') || directives.has('private')
  if (mayNot || headers.vary?.includes('*')) return undefined
  if (directives.has('no-cache')) return { freshMs: 0 }
  const lifeMs = lifetimeMs(directives, headers, nowMs)
  const ageMs = secondsToMs(headers.age ?? '0') ?? Number.POSITIVE_INFINITY
  return { freshMs: Math.min(Math.max(0, lifeMs - ageMs), MAX_FRESH_MS) }
}

/**
 * The shortest of all: a URL that leads over others is as fresh as the one that changes first, and not to be
 * remembered when one of them is not.
 */
export function shortest(all: readonly Freshness[]): Freshness {
  return all.reduce((one, other) => one && other && (one.freshMs < other.freshMs ? one : other))
}

type Directives = Map<string, Set<string>>

/** A directive that is there twice has two values. */
function parseDirectives(header: string): Directives {
  const directives: Directives = new Map()
  for (const [, name = '', quoted, token] of header.matchAll(
    /([^\s,;=]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,]*)))?/g,
  )) {
    const key = name.toLowerCase()
    directives.set(key, (directives.get(key) ?? new Set()).add(quoted ?? token ?? ''))
  }
  return directives
}

function lifetimeMs(directives: Directives, headers: IncomingHttpHeaders, nowMs: number): number {
  for (const name of ['s-maxage', 'max-age']) {
    const values = directives.get(name)
    if (!values) continue
    const [value = ''] = values
    return values.size === 1 ? (secondsToMs(value) ?? 0) : 0
  }
  const expiresMs = Date.parse(headers.expires ?? '')
  const sentMs = Date.parse(headers.date ?? '')
  const lifeMs = expiresMs - (Number.isNaN(sentMs) ? nowMs : sentMs)
  return Number.isNaN(lifeMs) ? 0 : lifeMs
}

function secondsToMs(text: string): number | undefined {
  return /^\d{1,10}$/.test(text.trim()) ? Number(text) * 1000 : undefined
}
