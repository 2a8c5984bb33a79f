import { Resolver } from 'node:dns/promises'

/**
 * All addresses of a host name, at least one. Rejects when there is none, and early when the signal
 * aborts.
 */
export type ResolveName = (name: string, signal: AbortSignal) => Promise<string[]>

/** For one server of names; the deadline of the download comes first when there are several. */
const TIMEOUT_MS = 2000

/**
 * Asks DNS, not the system: `getaddrinfo` takes a thread of four until it gives up, and a few names whose
 * servers never answer would keep the api from finding the image function and the bucket. So a name
 * has to be complete, and /etc/hosts has no say.
 */
export function createResolveName(servers?: string[]): ResolveName {
  return async (name, signal) => {
    // RFC 6761, section 6.3: never asked of a server.
    if (name === 'localhost' || name.endsWith('.localhost')) return ['127.0.0.1', '::1']
    signal.throwIfAborted()
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 })
    if (servers) resolver.setServers(servers)
    const cancel = () => resolver.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const asked = [resolver.resolve4(name), resolver.resolve6(name)]
      const answers = await Promise.allSettled(asked)
      const addresses = answers.flatMap((answer) => ('value' in answer ? answer.value : []))
      if (addresses.length > 0) return addresses
      signal.throwIfAborted()
      throw answers.find((answer) => answer.status === 'rejected')?.reason
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}
