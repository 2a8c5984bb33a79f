import type { Size } from '../functions/contract/options.ts'
import { type Flag, wrongValue } from './flags.ts'
import { UsageError } from './usage-error.ts'

const DEFAULT_SIZE: Size = { width: 1600, height: 1200 }

/** What a JPEG can say of its sides. */
const MAX_SIDE = 65_535

/** The picture is made in memory. */
const MAX_MEGAPIXELS = 100

const sizeFlag: Flag = {
  description: 'the size of the pictures that are made',
  allowed: `WIDTHxHEIGHT in pixels, at most ${MAX_MEGAPIXELS} megapixels`,
  byDefault: `${DEFAULT_SIZE.width}x${DEFAULT_SIZE.height}`,
}

const pictureFlag: Flag = {
  description: 'a picture to send in the place of those that are made',
  allowed: 'the path of a JPEG or PNG',
}

/** The flags that say what is sent. */
export const pictureFlags = { picture: pictureFlag, size: sizeFlag }

/** What is sent, from the texts of the flags. Throws UsageError for both at once, or a wrong size. */
export function parsePictureSource(
  given: {
    [Name in keyof typeof pictureFlags]?: string | undefined
  },
): { file: string } | { size: Size } {
  const { picture, size } = given
  if (picture !== undefined && size !== undefined) {
    throw new UsageError('A picture of yours has its own size; give --picture or --size.')
  }
  return picture === undefined ? { size: parseSize(size) } : { file: picture }
}

function parseSize(text: string | undefined): Size {
  if (text === undefined) return DEFAULT_SIZE
  const [, width = 0, height = 0] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text)?.map(Number) ?? []
  const fits = Math.max(width, height) <= MAX_SIDE && width * height <= MAX_MEGAPIXELS * 1e6
  if (width === 0 || !fits) throw wrongValue('size', text, sizeFlag)
  return { width, height }
}
