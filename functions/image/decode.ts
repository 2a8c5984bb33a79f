import sharp, { type Sharp } from 'sharp'
import { ProblemError } from '../contract/problem.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import { cmykToRgb } from './cmyk.ts'
import type { Deadline } from './deadline.ts'
import { checkJpegScans } from './jpeg-scans.ts'
import { giveBack, type Pixels } from './pixels.ts'
import type { SourceHeader } from './source-header.ts'

// Every source is another image: libvips' cache of operations would only hold memory. It is one for the
// whole process, and each thread that loads sharp switches it on again.
sharp.cache(false)

/** An image as steps that libvips will run in one pass, once its pixels are asked for. */
export type LazyImage = Sharp

/**
 * The first frame of a source as a lazy image. Nothing is decoded before `toPixels`, so
 * that a JPEG is decoded at the scale that the later steps need. An embedded ICC profile is ignored,
 * as Pillow and OpenCV do, or converted to sRGB; inks without one stay inks until then. Throws
 * `undecodable_image` for a JPEG whose picture breaks off.
 */
export function decode(source: Buffer, header: SourceHeader, icc: 'ignore' | 'convert'): LazyImage {
  if (header.format === 'jpeg') checkJpegScans(source)
  const image = sharp(source, {
    // Refuses what ends early and what fails its checksums; below this level a cut TIFF becomes black.
    // The odd markers in the everyday JPEGs of phones are only warnings.
    failOn: 'error',
    ignoreIcc: icc === 'ignore',
    limitInputPixels: header.width * header.height,
  })
  if (!header.isCmyk || icc === 'convert') return image
  return image.pipelineColourspace('cmyk').toColourspace('cmyk')
}

/**
 * Runs the steps: interleaved 8-bit RGB, without alpha. Throws `undecodable_image` when the source is
 * damaged and `image_function_timeout` when the deadline passes, or has when they are done.
 */
export async function toPixels(
  image: LazyImage,
  header: SourceHeader,
  deadline: Deadline,
): Promise<Pixels> {
  const { data, info } = await image
    .removeAlpha()
    .timeout({ seconds: deadline.secondsLeft() })
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw isTimeout(error) ? deadline.passed(error) : undecodable(header.format, error)
    })
  try {
    deadline.check()
  } catch (error) {
    giveBack(data)
    throw error
  }
  const { width, height } = info
  const rgb = info.channels === 4 ? cmykToRgb(data) : data
  if (rgb !== data) giveBack(data)
  if (rgb.length !== width * height * 3) {
    throw new Error(`${rgb.length} bytes, ${width}x${height} of ${info.channels} channels`)
  }
  return { data: rgb, width, height, channels: 3 }
}

/** A lazy image that starts from pixels in memory. */
export function fromPixels({ data, width, height, channels }: Pixels): LazyImage {
  return sharp(data, { raw: { width, height, channels } })
}

/** `undecodable_image` for what libvips says of a source; its last line is the error. */
export function undecodable(format: SourceFormat, cause: unknown): ProblemError {
  const said = cause instanceof Error ? (cause.message.trim().split('\n').at(-1) ?? '') : ''
  // It begins with the names of libvips' own parts and may end in a colon with nothing behind.
  const reason = said.replace(/^(\w+: )+/, '').replace(/:$/, '')
  return new ProblemError(
    'undecodable_image',
    `The ${format} is cut short or damaged (${reason}); send the whole file, or export it again.`,
    { cause },
  )
}

/** Whether sharp gave up because of `timeout`; warnings may stand before. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && /^timeout:/m.test(error.message)
}
