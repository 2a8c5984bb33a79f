import { get } from 'node:http'

/** A request that is given up once it was heard waits for nothing and holds no slot. */
const HEARD_MS = 500

/** What our own start may be kept waiting. */
const SENT_MS = 100

/**
 * Has a cluster start the image function, where none runs, while this function is still starting: an api
 * that starts was started by a request, and most likely has to pass it on. Resolves when it is asked,
 * which takes no longer than a tenth of a second; nothing that happens to it matters.
 */
export function wakeImageFunction(url: URL): Promise<void> {
  return new Promise((resolve) => {
    const request = get(new URL('/readyz', url), {
      agent: false,
      signal: AbortSignal.timeout(HEARD_MS),
      timeout: SENT_MS,
    })
    request.once('response', (response) => response.resume())
    for (const event of ['timeout', 'error'] as const) request.once(event, () => resolve())
    request.on('error', () => {})
    request.once('socket', (socket) => socket.once('connect', () => resolve()))
  })
}
