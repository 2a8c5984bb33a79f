/** Where a result came from, as `Cache-Status` says. */
export type CacheUse = 'hit' | 'miss' | 'collapsed'

/** What the service says in a `Cache-Status`; `undefined` where it says nothing. Other caches may be in it. */
export function cacheUseFromHeader(text: string): CacheUse | undefined {
  const own = text.split(',').find((member) => /^\s*image-api\s*;/.test(member))
  if (own === undefined) return undefined
  const parameters = own.split(';').map((parameter) => parameter.trim())
  if (parameters.includes('hit')) return 'hit'
  return parameters.includes('collapsed') ? 'collapsed' : 'miss'
}

/** The durations of a `Server-Timing` in milliseconds, in their order. */
export function timingsFromHeader(text: string): Map<string, number> {
  const found = text.matchAll(/(?:^|,)\s*([\w-]+)[^,]*?;\s*dur=(\d+(?:\.\d+)?)/g)
  return new Map([...found].map(([, name = '', duration]) => [name, Number(duration)]))
}

/** The functions, and the entry that the first answer of a fresh process of each has. */
const START_ENTRIES = { api: 'api-start', image: 'image-start' } as const
export type FunctionName = keyof typeof START_ENTRIES
export const FUNCTION_NAMES = Object.keys(START_ENTRIES) as FunctionName[]

/** How long a process of this function took to start, if this is its first answer. */
export function startOf(name: FunctionName, timings: Map<string, number>): number | undefined {
  return timings.get(START_ENTRIES[name])
}
