import type { OptionName } from '../functions/contract/options.ts'
import { type Flag, parseFlags, wrongValue } from './flags.ts'
import { parseHttpUrl } from './http-url.ts'
import { wholeNumberFlag } from './number-flag.ts'
import { optionFlags, optionsFromFlags, type RequestedOptions } from './option-flags.ts'
import { presetFlag, withPreset } from './preset-flag.ts'
import { addressFlags, parseServiceAddress, type ServiceAddress } from './service-address.ts'
import { UsageError } from './usage-error.ts'

const DEFAULT_JOBS = 4

/** Each holds a whole result in memory, and more than this only wait in the queue of the service. */
const MAX_JOBS = 100

const jobsFlag = wholeNumberFlag({
  description: 'how many files are sent at a time',
  ...{ min: 1, max: MAX_JOBS, byDefault: DEFAULT_JOBS },
})

const byDigestFlag: Flag = {
  description: 'upload only what the service does not keep: ask by SHA-256 first',
}

const sourceUrlFlag: Flag = {
  description: 'an image for the service to download, in the place of INPUT',
  allowed: 'an http:// or https:// URL',
}

/** The flags of `send` that are no processing options. */
export const sendFlags = {
  ...addressFlags,
  jobs: jobsFlag,
  preset: presetFlag,
  'by-digest': byDigestFlag,
  'source-url': sourceUrlFlag,
}

/** What `send` was asked for. */
export type SendArguments = {
  /** None where the service downloads the image. */
  inputs: string[]
  sourceUrl: URL | undefined
  output: string
  address: ServiceAddress
  jobs: number
  /** Whether the service is asked for each file by its SHA-256 first. */
  byDigest: boolean
  requested: RequestedOptions
}

/** What a command line asks of `send`. Throws UsageError for anything that it does not take. */
export function parseSendArguments(args: string[]): SendArguments {
  const { given, positionals } = parseFlags<OptionName | keyof typeof sendFlags>(args, {
    ...sendFlags,
    ...optionFlags,
  })
  const { url, host, jobs, preset, 'by-digest': byDigest, ...others } = given
  const { 'source-url': sourceUrl, ...options } = others
  const inputs = positionals.slice(0, -1)
  const output = positionals.at(-1)
  if (sourceUrl !== undefined && (inputs.length > 0 || byDigest !== undefined)) {
    throw new UsageError(
      'With --source-url nothing is sent from here; name only where the result goes, and leave out ' +
        '--by-digest.',
    )
  }
  if ((inputs.length === 0 && sourceUrl === undefined) || !output) {
    throw new UsageError(
      'Name at least one file or folder to send, and last where the result goes.',
    )
  }
  return {
    inputs,
    sourceUrl: parseSourceUrl(sourceUrl),
    output,
    address: parseServiceAddress({ url, host }),
    jobs: jobsFlag.parse('jobs', jobs ?? String(DEFAULT_JOBS)),
    byDigest: byDigest !== undefined,
    requested: withPreset(preset, optionsFromFlags(options)),
  }
}

function parseSourceUrl(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = parseHttpUrl(text)
  if (url) return url
  throw wrongValue('source-url', text, sourceUrlFlag)
}
