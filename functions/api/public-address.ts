import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * `public` is reachable from anywhere. `private` is loopback and the networks that people make for
 * themselves. `never` is everything else: what describes the machine or its neighbourhood, such as the
 * metadata of a cloud, what no server has, and what hides an IPv4 address from whoever looks.
 */
export type AddressKind = 'public' | 'private' | 'never'

/**
 * Of which kind an address is, by IANA's registries of special addresses and stricter where those call
 * something reachable that serves no pictures: relays, tunnels, AS112. What is no address in its usual
 * spelling, without a zone, is `never`.
 */
export function addressKind(text: string): AddressKind {
  if (isIP(text) === 0 || text.includes('%')) return 'never'
  const address = ipaddr.parse(text)
  if (METADATA.some(([network, bits]) => isWithin(address, network, bits))) return 'never'
  if (address instanceof ipaddr.IPv6) {
    if (isIsatap(address)) return 'never'
    const isGlobal = isWithin(address, GLOBAL_UNICAST[0], GLOBAL_UNICAST[1])
    // The library takes what it does not know for unicast, `::127.0.0.1` included.
    if (address.range() === 'unicast') return isGlobal ? 'public' : 'never'
  }
  const range: string = address.range()
  if (range === 'unicast') return 'public'
  return PRIVATE_RANGES.has(range) ? 'private' : 'never'
}

type Address = ReturnType<typeof ipaddr.parse>

/** All that IANA has given out of IPv6; the rest is special or nobody's. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')

const PRIVATE_RANGES: ReadonlySet<string> = new Set([
  'loopback',
  'private',
  'carrierGradeNat',
  'uniqueLocal',
])

/**
 * Where clouds answer with credentials and secrets to whoever asks from within, as far as these are not
 * link-local.
 */
const METADATA = [
  '168.63.129.16/32', // Azure
  '100.100.100.200/32', // Alibaba
  'fd00:100::100:200/128', // Alibaba
  'fd00:ec2::/32', // AWS
  'fd20:ce::/32', // Google
  'fd00:c1::a9fe:a9fe/128', // Oracle
  'fd00:42::42/128', // Scaleway
  'fd00:a9fe:a9fe::1/128', // Linode
].map((network) => ipaddr.parseCIDR(network))

function isWithin(address: Address, network: Address, bits: number): boolean {
  return address.kind() === network.kind() && address.match(network, bits)
}

/** RFC 5214, section 6.1: under any prefix, an interface `::0:5efe:a.b.c.d` is a tunnel to a.b.c.d. */
function isIsatap({ parts }: ipaddr.IPv6): boolean {
  const [, , , , flags = 0, marker] = parts
  // All but the two bits that say whether the IPv4 address is unique, and of a group.
  return (flags & 0xfcff) === 0 && marker === 0x5efe
}
