import { isIP } from 'node:net'
import { addressKind } from './public-address.ts'
import type { ResolveName } from './source-names.ts'
import { forbidden } from './source-url.ts'

/**
 * The addresses of the host of a URL, each of which may be connected to: whoever connects takes these
 * and does not look the name up again, as the next answer may be another. Throws `forbidden_source`
 * when any of them may not, and rejects as the names do.
 */
export type JudgedAddresses = (host: string, signal: AbortSignal) => Promise<string[]>

export function createJudgedAddresses(
  resolveName: ResolveName,
  allowPrivate: boolean,
): JudgedAddresses {
  return async (host, signal) => {
    const literal = host.replace(/^\[(.*)\]$/, '$1')
    const addresses = isIP(literal) === 0 ? await resolveName(host, signal) : [literal]
    const kinds = new Set(addresses.map(addressKind))
    // Which address it is would tell strangers about the network that this runs in.
    if (kinds.has('never') || (kinds.has('private') && !allowPrivate)) {
      throw forbidden('Its host has an address that is not a public one.', host)
    }
    return addresses
  }
}
