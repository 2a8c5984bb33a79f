import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.parse>
type Network = ReturnType<typeof ipaddr.parseCIDR>

/** The proxies whose word is taken for where a request comes from: how many there are, or which. */
export type TrustedProxies = number | Network[]

/** More hops than any request takes; a longer list is a mistake. */
const MAX_PROXIES = 16

/** The proxies that a text names, by their number or as addresses and networks, or `undefined` for neither. */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  if (/^\d+$/.test(text)) return Number(text) <= MAX_PROXIES ? Number(text) : undefined
  const networks = text.split(',').map((entry) => parseNetwork(entry.trim()))
  return networks.every((network) => network !== undefined) ? networks : undefined
}

/**
 * Names the client of a request for counting: its IPv4 address, or the /64 of its IPv6 address, as one
 * client has all of that. A proxy appends to `X-Forwarded-For` who called it, so the list is read from its
 * end, as far as proxies are trusted: what stands before that is what the client chose to say.
 */
export type ClientAddress = (incoming: IncomingMessage) => string

export function createClientAddress(trusted: TrustedProxies): ClientAddress {
  return ({ socket, headers }) => {
    let client = parseAddress(socket.remoteAddress ?? '')
    // Node joins several headers of this name with commas.
    const said = String(headers['x-forwarded-for'] ?? '').split(',')
    for (let hops = 0; client && isTrusted(client, hops, trusted); hops++) {
      const before = parseAddress(said.pop()?.trim() ?? '')
      if (!before) break
      client = before
    }
    return client ? named(client) : 'unknown'
  }
}

function isTrusted(address: Address, hops: number, trusted: TrustedProxies): boolean {
  if (typeof trusted === 'number') return hops < trusted
  return trusted.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  )
}

/** Some proxies append the port, too. An IPv4 address within IPv6 is that IPv4 address. */
function parseAddress(text: string): Address | undefined {
  const [, bracketed] = /^\[(.+)\](?::\d+)?$/.exec(text) ?? []
  const address = bracketed ?? text.replace(/^([\d.]+):\d+$/, '$1')
  return isIP(address) === 0 ? undefined : ipaddr.process(address)
}

function parseNetwork(text: string): Network | undefined {
  const [address = '', ...bits] = text.split('/')
  if (isIP(address) === 0 || address.includes('%')) return undefined
  if (bits.length === 0) return [ipaddr.parse(address), isIP(address) === 4 ? 32 : 128]
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined
}

function named(address: Address): string {
  if (address instanceof ipaddr.IPv4) return address.toString()
  const prefix = address.parts.slice(0, 4).map((part) => part.toString(16))
  return `${prefix.join(':')}::/64`
}
