import sharp, { type Sharp } from 'sharp'
import { ProblemError } from '../contract/problem.ts'
import type { SourceFormat } from '../contract/source-format.ts'
import type { Deadline } from './deadline.ts'
import type { Pixels } from './pixels.ts'
import type { SourceHeader } from './source-header.ts'

// Every source is another image: libvips' cache of operations would only hold memory. It is one for the
// whole process, and each thread that loads sharp switches it on again.
sharp.cache(false)

/** An image as steps that libvips will run in one pass, once its pixels are asked for. */
export type LazyImage = Sharp

/**
 * The first frame of a source as a lazy image. Nothing is decoded before `toPixels`, so
 * that a JPEG is decoded at the scale that the later steps need. An embedded ICC profile is ignored,
 * as Pillow and OpenCV do, or converted to sRGB.
 */
export function decode(source: Buffer, header: SourceHeader, icc: 'ignore' | 'convert'): LazyImage {
  return sharp(source, {
    // Refuses what ends early and what fails its checksums; below this level a cut TIFF becomes black.
    // The odd markers in the everyday JPEGs of phones are only warnings.
    failOn: 'error',
    ignoreIcc: icc === 'ignore',
    limitInputPixels: header.width * header.height,
  })
}

/**
 * Runs the steps: interleaved 8-bit RGB, without alpha. Throws `undecodable_image` when the source is
 * damaged and `image_function_timeout` when the deadline passes.
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
  const { width, height, channels } = info
  if (channels !== 3) throw new Error(`decoded to ${channels} channels`)
  if (data.length !== width * height * 3)
    throw new Error(`${data.length} bytes, ${width}x${height}`)
  return { data, width, height, channels }
}

/** A lazy image that starts from pixels in memory. */
export function fromPixels({ data, width, height, channels }: Pixels): LazyImage {
  return sharp(data, { raw: { width, height, channels } })
}

/** `undecodable_image` for what libvips says of a source; its last line is the error. */
export function undecodable(format: SourceFormat, cause: unknown): ProblemError {
  const reason = cause instanceof Error ? cause.message.trim().split('\n').at(-1) : ''
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
