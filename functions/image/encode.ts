import { isTensorFormat } from '../contract/check-options.ts'
import type { ResultInfo } from '../contract/image-headers.ts'
import type { ResolvedOptions } from '../contract/options.ts'
import { DTYPE_BITS, RESULT_MEDIA_TYPES, type ResultFormat } from '../contract/result-format.ts'
import type { Deadline } from './deadline.ts'
import { fromPixels, isTimeout, type LazyImage } from './decode.ts'
import { toNpy } from './npy.ts'
import type { Pixels } from './pixels.ts'
import { type TensorOptions, toTensor } from './tensor.ts'

/** A result: its bytes, their media type, and what a decoder will see. */
export type Encoded = { bytes: Uint8Array; mediaType: string; info: ResultInfo }

type EncodeOptions = Pick<ResolvedOptions, 'format' | 'quality' | 'mode'> & TensorOptions

type FileFormat = Exclude<ResultFormat, 'npy' | 'raw'>

/**
 * Encodes pixels, without metadata. One channel stays one channel, except in WebP, which has no such
 * form; `raw` is the numbers of a tensor, `npy` the same with a header. Throws `image_function_timeout`.
 */
export async function encode(
  pixels: Pixels,
  options: EncodeOptions,
  deadline: Deadline,
): Promise<Encoded> {
  const { format, quality, mode } = options
  const { width, height } = pixels
  const mediaType = RESULT_MEDIA_TYPES[format]
  if (isTensorFormat(format)) return { mediaType, ...encodeTensor(pixels, { ...options, format }) }
  const channels = format === 'webp' ? 3 : pixels.channels
  return {
    bytes: await compress(pixels, format, quality, deadline),
    mediaType,
    info: { width, height, channels, depth: 8, mode },
  }
}

function encodeTensor(pixels: Pixels, options: EncodeOptions): Pick<Encoded, 'bytes' | 'info'> {
  const { format, dtype, layout, mode } = options
  const { width, height, channels } = pixels
  const tensor = toTensor(pixels, options)
  return {
    bytes: format === 'npy' ? toNpy(tensor, dtype) : tensor.bytes,
    info: {
      ...{ width, height, channels, depth: DTYPE_BITS[dtype], mode },
      tensor: { shape: tensor.shape, dtype, layout },
    },
  }
}

async function compress(
  pixels: Pixels,
  format: FileFormat,
  quality: number,
  deadline: Deadline,
): Promise<Uint8Array> {
  const image = fromPixels(pixels)
  const coloured = pixels.channels === 1 ? image.toColourspace('b-w') : image
  return withEncoder(coloured, format, quality)
    .timeout({ seconds: deadline.secondsLeft() })
    .toBuffer()
    .catch((error: unknown) => {
      throw isTimeout(error) ? deadline.passed(error) : error
    })
}

function withEncoder(image: LazyImage, format: FileFormat, quality: number): LazyImage {
  switch (format) {
    case 'png':
      return image.png()
    case 'jpeg':
      // Optimal Huffman tables cost an eighth of the job for 1 % of the bytes; the pixels are the same.
      return image.jpeg({ quality, optimiseCoding: false })
    case 'webp':
      return image.webp({ quality })
  }
}
