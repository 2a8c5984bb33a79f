import { checkOptions, isTensorFormat, TENSOR_DEFAULTS } from '../contract/check-options.ts'
import type { Options } from '../contract/options.ts'

/** What is asked for before the source is known; a literal scale is one that no margin touches. */
export type AskedOptions = { options: Options; isScaleLiteral: boolean }

/**
 * The options at start-up, those of a preset over them, and those of the request over both. Throws
 * `invalid_request` when they do not fit each other.
 */
export function mergeOptions(
  start: Options,
  preset: Partial<Options>,
  requested: Partial<Options>,
): AskedOptions {
  const options = layOver(layOver(start, preset), requested)
  checkOptions(options)
  return {
    options,
    isScaleLiteral: preset.scale !== undefined || requested.scale !== undefined,
  }
}

/**
 * One layer over those below. Where it names the format of an image file, it lets go of what they
 * say of tensors: the picture that a model sees is looked at by asking for its preset as PNG. In the
 * same way uint8 lets go of the normalisation, which it cannot hold.
 */
function layOver(below: Options, layer: Partial<Options>): Options {
  const leavesTensors = layer.format !== undefined && !isTensorFormat(layer.format)
  const { mean, std } = TENSOR_DEFAULTS
  const leavesNormalisation = layer.dtype === 'uint8'
  return {
    ...below,
    ...(leavesTensors && TENSOR_DEFAULTS),
    ...(leavesNormalisation && { mean, std }),
    ...layer,
  }
}
