import * as z from 'zod'

/** The longest side that can be asked for: what 16 bits hold, as in most formats. */
export const MAX_SIDE = 65_535

/** A size in pixels. */
export type Size = { width: number; height: number }

const side = '([1-9]\\d{0,4})'
const SIZE = new RegExp(`^${side}x${side}$`)

const scale = z
  .codec(z.string(), z.custom<Size | 'none'>(), {
    decode(text, context) {
      if (text === 'none') return text
      const [, width, height] = SIZE.exec(text)?.map(Number) ?? []
      if (width && height && width <= MAX_SIDE && height <= MAX_SIDE) return { width, height }
      context.issues.push({ code: 'custom', input: text })
      return z.NEVER
    },
    encode: (value) => (value === 'none' ? value : `${value.width}x${value.height}`),
  })
  .meta({
    allowed: `none, or WIDTHxHEIGHT in pixels with sides of 1 to ${MAX_SIDE}, such as 1024x768`,
    description: 'the size of the result',
  })

const grayscale = z
  .codec(z.enum(['true', 'false']), z.boolean(), {
    decode: (text) => text === 'true',
    encode: (value) => (value ? 'true' : 'false'),
  })
  .meta({ allowed: 'true or false', description: 'one channel of Rec.601 luma instead of RGB' })

const quality = z
  .codec(z.string().regex(/^([1-9]\d?|100)$/), z.int().min(1).max(100), {
    decode: Number,
    encode: String,
  })
  .meta({ allowed: 'a whole number from 1 to 100', description: 'of the lossy formats' })

const alpha = z.stringFormat('drop or #rrggbb', /^(drop|#[0-9a-f]{6})$/).meta({
  allowed: 'drop, or a colour #rrggbb in lower case to flatten on (in a URL # is %23)',
  description: 'what becomes of transparency',
})

const choice = <const Values extends readonly string[]>(values: Values, description: string) =>
  z.enum(values).meta({ allowed: values.join(', '), description })

/**
 * The processing options: one schema between the spelling in a query string (the input) and the
 * value the code works with (the output). Each value has exactly one spelling, so that the order of
 * the keys here is all that a canonical form needs.
 */
export const optionsSchema = z.strictObject({
  scale,
  grayscale,
  fit: choice(
    ['fill', 'contain', 'cover', 'inside'],
    'how the source meets the size: exactly, padded with black, cropped, or inside it',
  ),
  filter: choice(['lanczos', 'bicubic', 'bilinear', 'nearest'], 'the resampling kernel'),
  orient: choice(['apply', 'ignore'], 'whether the EXIF orientation is applied'),
  alpha,
  icc: choice(['ignore', 'convert'], 'whether an embedded profile is converted to sRGB'),
  format: choice(['source', 'png', 'jpeg', 'webp', 'raw'], 'the format of the result'),
  quality,
  mode: choice(
    ['auto', 'fast'],
    'fast: the resampling of libvips; auto: the service chooses, which is fast',
  ),
})

export type Options = z.output<typeof optionsSchema>
export type OptionName = keyof Options

export const OPTION_NAMES = Object.keys(optionsSchema.shape) as OptionName[]

/** What one option allows, as a sentence for people. */
export function allowedValues(name: OptionName): string {
  return String(optionsSchema.shape[name].meta()?.allowed)
}

/** What one option is for, as a sentence for people. */
export function optionDescription(name: OptionName): string {
  return String(optionsSchema.shape[name].meta()?.description)
}

/** The options with every decision taken: all that the image function accepts. */
export type ResolvedOptions = Options & {
  format: Exclude<Options['format'], 'source'>
  mode: Exclude<Options['mode'], 'auto'>
}

/** Whether nothing is left to decide. */
export function isResolved(options: Options): options is ResolvedOptions {
  return options.format !== 'source' && options.mode !== 'auto'
}
