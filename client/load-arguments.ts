import type { OptionName, Size } from '../functions/contract/options.ts'
import { type Flag, parseFlags, wrongValue } from './flags.ts'
import { decimalFlag, wholeNumberFlag } from './number-flag.ts'
import { optionFlags, optionsFromFlags } from './option-flags.ts'
import type { Pace } from './pace.ts'
import { parsePictureSource, pictureFlags } from './picture-flags.ts'
import { presetFlag, withPreset } from './preset-flag.ts'
import { addressFlags, parseServiceAddress, type ServiceAddress } from './service-address.ts'
import { UsageError } from './usage-error.ts'

const DEFAULT_CONCURRENCY = 4
const DEFAULT_SECONDS = 10

const rateFlag = decimalFlag({
  description: 'requests each second, whatever the answers do',
  ...{ min: 0.1, max: 10_000 },
})

const concurrencyFlag = wholeNumberFlag({
  description: 'requests at a time, each after the answer to another',
  ...{ min: 1, max: 1000, byDefault: DEFAULT_CONCURRENCY },
})

const durationFlag = decimalFlag({
  description: 'for how many seconds requests are sent',
  ...{ min: 0.1, max: 86_400, byDefault: DEFAULT_SECONDS },
})

const picturesFlag: Flag = {
  description: 'whether each picture is one the service has not seen',
  allowed: 'distinct or equal',
  byDefault: 'distinct',
}

const jsonFlag: Flag = { description: 'the report as one JSON object' }

/** The flags of `load` that are no processing options. */
export const loadFlags = {
  ...addressFlags,
  rate: rateFlag,
  concurrency: concurrencyFlag,
  duration: durationFlag,
  pictures: picturesFlag,
  ...pictureFlags,
  preset: presetFlag,
  json: jsonFlag,
}

/** What `load` was asked for. */
export type LoadArguments = {
  address: ServiceAddress
  pace: Pace
  seconds: number
  pictures: 'distinct' | 'equal'
  from: { file: string } | { size: Size }
  query: string
  json: boolean
}

/** What a command line asks of `load`. Throws UsageError for anything that it does not take. */
export function parseLoadArguments(args: string[]): LoadArguments {
  const { given, positionals } = parseFlags<OptionName | keyof typeof loadFlags>(args, {
    ...loadFlags,
    ...optionFlags,
  })
  if (positionals.length > 0) {
    throw new UsageError(`There is nothing to do with ${positionals[0]}; load takes options alone.`)
  }
  const {
    url,
    host,
    rate,
    concurrency,
    duration,
    pictures,
    picture,
    size,
    preset,
    json,
    ...options
  } = given
  return {
    address: parseServiceAddress({ url, host }),
    pace: parsePace(rate, concurrency),
    seconds: durationFlag.parse('duration', duration ?? String(DEFAULT_SECONDS)),
    pictures: parseKind(pictures),
    from: parsePictureSource({ picture, size }),
    query: withPreset(preset, optionsFromFlags(options)).query,
    json: json !== undefined,
  }
}

function parsePace(rate: string | undefined, concurrency: string | undefined): Pace {
  if (rate !== undefined && concurrency !== undefined) {
    throw new UsageError(
      'With --rate answers are not waited for, with --concurrency they are; give one of them.',
    )
  }
  if (rate !== undefined) return { rate: rateFlag.parse('rate', rate) }
  return {
    concurrency: concurrencyFlag.parse('concurrency', concurrency ?? String(DEFAULT_CONCURRENCY)),
  }
}

function parseKind(text: string = 'distinct'): LoadArguments['pictures'] {
  if (text === 'distinct' || text === 'equal') return text
  throw wrongValue('pictures', text, picturesFlag)
}
