import { setTimeout as delay } from 'node:timers/promises'

/** Resolves after this many seconds; rejects at once when the signal aborts. */
export async function waitSeconds(seconds: number, signal: AbortSignal): Promise<void> {
  await delay(seconds * 1000, undefined, { signal })
}
