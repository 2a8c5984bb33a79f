import type { ServiceAddress } from './service-address.ts'
import { UsageError } from './usage-error.ts'

/**
 * The address, asked with the key of the environment if there is one. Throws UsageError, which does not
 * show it, for what cannot be a key.
 */
export function withApiKey(address: ServiceAddress, apiKey: string | undefined): ServiceAddress {
  if (!apiKey) return address
  if (!/^[\w.~+/-]+=*$/.test(apiKey)) {
    throw new UsageError(
      'IMAGE_API_KEY has characters that no key has; allowed: A-Z, a-z, 0-9 and ._~+/- with = at its end.',
    )
  }
  return { ...address, apiKey }
}

/** What to do about an `unauthorized` where no key was shown; empty where one was, or for anything else. */
export function keyHint(outcome: string | undefined, { apiKey }: ServiceAddress): string {
  if (outcome !== 'unauthorized' || apiKey !== undefined) return ''
  return 'No key was given; have yours in the variable IMAGE_API_KEY.'
}
