import { checkOptions } from '../contract/check-options.ts'
import type { Options } from '../contract/options.ts'
import { ProblemError } from '../contract/problem.ts'
import { ConfigurationError } from '../runtime/parse-env.ts'
import type { ApiConfig } from './config.ts'

/** The options at start-up. Throws ConfigurationError when they do not fit each other. */
export function startOptions(config: ApiConfig): Options {
  const options: Options = {
    scale: config.SCALE,
    grayscale: config.GRAYSCALE,
    fit: config.FIT,
    crop: config.CROP,
    filter: config.FILTER,
    orient: config.ORIENT,
    alpha: config.ALPHA,
    icc: config.ICC,
    format: config.FORMAT,
    quality: config.QUALITY,
    mode: config.MODE,
    pillow: config.PILLOW,
    dtype: config.DTYPE,
    layout: config.LAYOUT,
    mean: config.MEAN,
    std: config.STD,
  }
  try {
    checkOptions(options)
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    throw new ConfigurationError(
      `The options at start-up (SCALE, FIT and so on) do not fit each other: ${error.detail}`,
    )
  }
  return options
}
