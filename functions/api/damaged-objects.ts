import { LRUCache } from 'lru-cache'
import type { Logger } from '../runtime/logger.ts'

/** Objects of a bucket that cannot be used, until they are replaced. */
export type DamagedObjects = {
  /** Logs and counts an object, once. */
  note: (name: string, err: unknown) => void
  has: (name: string) => boolean
  /** What was replaced, or can be read after all. */
  forget: (name: string) => void
  /** How many were found in all. */
  readonly count: number
}

/** Without it the names would fill the memory; what is forgotten is found again. */
const MAX_NAMES = 10_000

/** The damaged objects that this process has met. */
export function createDamagedObjects(log: Logger): DamagedObjects {
  const names = new LRUCache<string, true>({ max: MAX_NAMES })
  let count = 0
  return {
    note(name, err) {
      if (names.has(name)) return
      names.set(name, true)
      count++
      log.error({ object: name, err }, 'an object of the store is damaged, and is to be made anew')
    },
    has: (name) => names.has(name),
    forget: (name) => names.delete(name),
    get count() {
      return count
    },
  }
}
