import type { Options } from './options.ts'
import { ProblemError } from './problem.ts'

/** The options of a tensor where nothing else is asked for; the only ones of the other formats. */
export const TENSOR_DEFAULTS = {
  dtype: 'uint8',
  layout: 'hwc',
  mean: [0],
  std: [1],
} as const satisfies Pick<Options, 'dtype' | 'layout' | 'mean' | 'std'>

type TensorOption = keyof typeof TENSOR_DEFAULTS

const TENSOR_OPTIONS = Object.keys(TENSOR_DEFAULTS) as TensorOption[]

/** Whether the result is numbers for a model and not an image file. */
export function isTensorFormat(format: Options['format']): format is 'npy' | 'raw' {
  return format === 'npy' || format === 'raw'
}

/**
 * Checks what no option can say alone: that the options fit each other. Throws `invalid_request`
 * naming the first that does not and what to write instead.
 */
export function checkOptions(options: Options): void {
  const { scale, fit, format, dtype, grayscale } = options
  if (fit === 'short-side' && scale !== 'none' && scale.width !== scale.height) {
    throw invalid(
      `fit=short-side takes a square scale, such as ${scale.width}x${scale.width}; ` +
        `the scale is ${scale.width}x${scale.height}.`,
    )
  }
  const asked = TENSOR_OPTIONS.find(
    (name) => String(options[name]) !== String(TENSOR_DEFAULTS[name]),
  )
  if (asked && !isTensorFormat(format)) {
    throw invalid(
      `${asked}=${options[asked]} is for format=npy and format=raw; the format is ${format}.`,
    )
  }
  for (const name of ['mean', 'std'] as const) {
    if (dtype === 'uint8' && String(options[name]) !== String(TENSOR_DEFAULTS[name])) {
      throw invalid(`${name}=${options[name]} takes dtype=float32 or dtype=float16, not uint8.`)
    }
    if (grayscale && options[name].length > 1) {
      throw invalid(
        `${name} has three numbers, but the result has one channel; write one, or grayscale=false.`,
      )
    }
  }
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid_request', detail)
}
