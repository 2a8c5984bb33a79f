import type { OptionName } from '../functions/contract/options.ts'
import { MAX_SIGNED_SECONDS } from '../functions/contract/signed-url.ts'
import { parseFlags } from './flags.ts'
import { parseHttpUrl } from './http-url.ts'
import { wholeNumberFlag } from './number-flag.ts'
import { optionFlags, optionsFromFlags } from './option-flags.ts'
import { presetFlag, withPreset } from './preset-flag.ts'
import { addressFlags, parseServiceAddress } from './service-address.ts'
import { UsageError } from './usage-error.ts'

const expiresInFlag = wholeNumberFlag({
  description:
    'for how many seconds the URL is valid; the service has a limit of its own, 604800 at first',
  ...{ min: 1, max: MAX_SIGNED_SECONDS, byDefault: 3600 },
})

/** The flags of `sign` that are no processing options. */
export const signFlags = { url: addressFlags.url, 'expires-in': expiresInFlag, preset: presetFlag }

/** What `sign` was asked for. */
export type SignArguments = {
  serviceUrl: string
  /** What is asked of the service: the source, and the options for it. */
  query: string
  expiresInSeconds: number
}

/** What a command line asks of `sign`. Throws UsageError for anything that it does not take. */
export function parseSignArguments(args: string[]): SignArguments {
  const { given, positionals } = parseFlags<OptionName | keyof typeof signFlags>(args, {
    ...signFlags,
    ...optionFlags,
  })
  const { url, preset, 'expires-in': expiresIn, ...options } = given
  const [text = '', ...others] = positionals
  const source = parseHttpUrl(text)
  if (!source || others.length > 0) {
    throw new UsageError('Name one image to sign a URL for, by its http:// or https:// URL.')
  }
  if (source.username !== '' || source.password !== '') {
    throw new UsageError(
      'No service fetches a URL with a user or a password in it; leave out what stands before the @.',
    )
  }
  const asked = withPreset(preset, optionsFromFlags(options)).query
  const named = new URLSearchParams({ url: source.href }).toString()
  return {
    serviceUrl: parseServiceAddress({ url }).url,
    query: asked ? `${named}&${asked}` : named,
    expiresInSeconds: expiresInFlag.parse('expires-in', expiresIn ?? expiresInFlag.byDefault ?? ''),
  }
}
