import type { Options, ResolvedOptions, Size } from '../contract/options.ts'
import { orientedSize } from '../contract/oriented-size.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import { suitsFast } from '../contract/suits-fast.ts'
import type { AskedOptions } from './merge-options.ts'
import { isWithinMargin } from './size-margin.ts'
import type { SourceHeader } from './source-header.ts'

/**
 * Takes every decision that needs the source, so that the image function takes none and equal work
 * has an equal key: the margin is applied, `source` and `auto` are replaced, and `fast` becomes
 * `exact` where it does not suit the work.
 *
 * The margin belongs to the size at start-up: a `scale` of the request or its preset is literal. A
 * source whose header could not be read is scaled, exactly.
 */
export function resolveOptions(
  { options, isScaleLiteral }: AskedOptions,
  source: { format: SourceFormat; header: SourceHeader | undefined },
  marginPercent: number,
): ResolvedOptions {
  const seen = source.header && orientedSize(source.header, options.orient)
  const scale = isScaleLiteral ? options.scale : scaleOf(options, seen, marginPercent)
  const format = options.format === 'source' ? resultFormat(source.format) : options.format
  const mode = resolvedMode({ ...options, scale, format }, seen)
  return { ...options, scale, format, mode, mean: folded(options.mean), std: folded(options.std) }
}

/** Three equal numbers say what one says. */
function folded(numbers: number[]): number[] {
  const [first] = numbers
  return first !== undefined && numbers.every((number) => number === first) ? [first] : numbers
}

/** The size at start-up, or `none` for a source that may keep its own. */
function scaleOf(
  { scale }: Options,
  seen: Size | undefined,
  marginPercent: number,
): Options['scale'] {
  const keepsSize = scale !== 'none' && seen && isWithinMargin(seen, scale, marginPercent)
  return keepsSize ? 'none' : scale
}

/** What stays itself stays itself; anything else becomes PNG, which loses nothing. */
function resultFormat(source: SourceFormat): ResolvedOptions['format'] {
  return source === 'jpeg' || source === 'webp' ? source : 'png'
}

/** Where the encoding loses more than fast does, the time is worth more than the last bit. */
const AUTO_MODES = {
  png: 'exact',
  jpeg: 'fast',
  webp: 'fast',
  npy: 'exact',
  raw: 'exact',
} as const satisfies Record<ResolvedOptions['format'], ResolvedOptions['mode']>

function resolvedMode(
  options: Options & Pick<ResolvedOptions, 'format'>,
  seen: Size | undefined,
): ResolvedOptions['mode'] {
  const wanted = options.mode === 'auto' ? AUTO_MODES[options.format] : options.mode
  return wanted === 'fast' && seen && suitsFast(seen, options) ? 'fast' : 'exact'
}
