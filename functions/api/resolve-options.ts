import type { Options, ResolvedOptions } from '../contract/options.ts'
import { orientedSize } from '../contract/oriented-size.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import type { ApiConfig } from './config.ts'
import { isWithinMargin } from './size-margin.ts'
import type { SourceHeader } from './source-header.ts'

/** The options at start-up. */
export function startOptions(config: ApiConfig): Options {
  return {
    scale: config.SCALE,
    grayscale: config.GRAYSCALE,
    fit: config.FIT,
    filter: config.FILTER,
    orient: config.ORIENT,
    alpha: config.ALPHA,
    icc: config.ICC,
    format: config.FORMAT,
    quality: config.QUALITY,
    mode: config.MODE,
  }
}

/**
 * Takes every decision, so that the image function takes none and equal work has an equal key: the
 * start-up options with those of the request over them, the margin applied, `source` and `auto` replaced.
 *
 * The margin belongs to the size at start-up: a `scale` in the request is literal. A source whose
 * header could not be read is scaled.
 */
export function resolveOptions(
  start: Options,
  requested: Partial<Options>,
  source: { format: SourceFormat; header: SourceHeader | undefined },
  marginPercent: number,
): ResolvedOptions {
  const options = { ...start, ...requested }
  const keepsSize =
    requested.scale === undefined &&
    options.scale !== 'none' &&
    source.header !== undefined &&
    isWithinMargin(orientedSize(source.header, options.orient), options.scale, marginPercent)
  return {
    ...options,
    scale: keepsSize ? 'none' : options.scale,
    format: options.format === 'source' ? resultFormat(source.format) : options.format,
    mode: 'fast',
  }
}

/** What stays itself stays itself; anything else becomes PNG, which loses nothing. */
function resultFormat(source: SourceFormat): ResolvedOptions['format'] {
  return source === 'jpeg' || source === 'webp' ? source : 'png'
}
