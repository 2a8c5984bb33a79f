import * as z from 'zod'

/** The longest side that can be asked for: what 16 bits hold, as in most formats. */
export const MAX_SIDE = 65_535

/** A size in pixels. */
export type Size = { width: number; height: number }

/** A size in pixels behind a word that says what it is of, or `none`. */
function sizeOrNone(word: '' | 'centre-', example: string, description: string) {
  const spelling = new RegExp(`^${word}([1-9]\\d{0,4})x([1-9]\\d{0,4})$`)
  return z
    .codec(z.string(), z.custom<Size | 'none'>(), {
      decode(text, context) {
        if (text === 'none') return text
        const [, width, height] = spelling.exec(text)?.map(Number) ?? []
        if (width && height && width <= MAX_SIDE && height <= MAX_SIDE) return { width, height }
        context.issues.push({ code: 'custom', input: text })
        return z.NEVER
      },
      encode: (size) => (size === 'none' ? size : `${word}${size.width}x${size.height}`),
    })
    .meta({
      allowed: `none, or ${word}WIDTHxHEIGHT in pixels with sides of 1 to ${MAX_SIDE}, such as ${example}`,
      description,
    })
}

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

/** Plain decimals, with zeros at the end or without, as other programs write them. */
const NUMBER = /^\d(\.\d{1,30})?$/

/** Smaller ones JavaScript writes with an exponent; no mean or deviation of a picture is this small. */
const LEAST_ABOVE_ZERO = 0.000001

/**
 * One number for all channels, or three: red, green, blue. On the scale on which white is 1. The
 * canonical spelling is the shortest.
 */
function perChannel(isAllowed: (value: number) => boolean, numbers: string, description: string) {
  return z
    .codec(z.string(), z.custom<number[]>(), {
      decode(text, context) {
        const parts = text.split(',')
        const values = parts.map(Number)
        const areNumbers = parts.every((part) => NUMBER.test(part))
        const isCount = values.length === 1 || values.length === 3
        if (areNumbers && isCount && values.every(isAllowed)) return values
        context.issues.push({ code: 'custom', input: text })
        return z.NEVER
      },
      encode: (values) => values.join(','),
    })
    .meta({
      allowed: `one number ${numbers}, or three with commas and no spaces between, such as 0.5`,
      description,
    })
}

const choice = <const Values extends readonly string[]>(values: Values, description: string) =>
  z.enum(values).meta({ allowed: values.join(', '), description })

/**
 * The processing options: one schema between the spelling in a query string (the input) and the
 * value the code works with (the output). Each value has exactly one spelling, so that the order of
 * the keys here is all that a canonical form needs.
 */
export const optionsSchema = z.strictObject({
  scale: sizeOrNone('', '1024x768', 'the size of the result'),
  grayscale,
  fit: choice(
    ['fill', 'contain', 'cover', 'inside', 'short-side'],
    'how the source meets the size: exactly, padded with black, cropped, inside it, or with its ' +
      'short side as long as that of a square scale',
  ),
  crop: sizeOrNone(
    'centre-',
    'centre-224x224',
    'what is cut out of the resized picture; black where it has less',
  ),
  filter: choice(
    ['lanczos', 'bicubic', 'bilinear', 'hamming', 'box', 'nearest'],
    'the resampling kernel, by the names of Pillow',
  ),
  orient: choice(['apply', 'ignore'], 'whether the EXIF orientation is applied'),
  alpha,
  icc: choice(['ignore', 'convert'], 'whether an embedded profile is converted to sRGB'),
  format: choice(['source', 'png', 'jpeg', 'webp', 'npy', 'raw'], 'the format of the result'),
  quality,
  mode: choice(
    ['auto', 'exact', 'fast'],
    "exact: Pillow's pixels, to the last bit; fast: near them, by libvips; auto: exact for png, npy " +
      'and raw, fast for jpeg and webp',
  ),
  pillow: choice(
    ['12', '13'],
    'which Pillow exact equals, as the order of its passes changed: 12 for 9.4 to 12.3, 13 for 13.0',
  ),
  dtype: choice(['uint8', 'float32', 'float16'], 'the type of the numbers of npy and raw'),
  layout: choice(['hwc', 'chw'], 'the order of the axes of npy and raw: channels last or first'),
  mean: perChannel(
    (value) => value === 0 || (value >= LEAST_ABOVE_ZERO && value <= 1),
    'from 0 to 1',
    'of a float dtype: a number is (level / 255 - mean) / std',
  ),
  std: perChannel(
    (value) => value >= LEAST_ABOVE_ZERO && value <= 1,
    `from ${LEAST_ABOVE_ZERO} to 1`,
    'of a float dtype, see mean',
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
