import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Size } from '../functions/contract/options.ts'
import { type DistinctPicture, distinctPicture } from './distinct-picture.ts'
import { jpegPicture } from './jpeg-picture.ts'
import { systemErrorText } from './system-error.ts'
import { UsageError } from './usage-error.ts'

/** What is sent again and again. */
export type Pictures = {
  type: DistinctPicture['type']
  bytes: number
  /** What they are, such as `JPEG 1600x1200`. */
  name: string
  /** The same bytes each time. */
  equal: () => readonly Uint8Array[]
  /** Other bytes each time, also in another run; the same pixels. */
  distinct: () => readonly Uint8Array[]
}

/** Pictures from a file, or made in this size. Throws UsageError for a file that cannot be used. */
export async function createPictures(from: { file: string } | { size: Size }): Promise<Pictures> {
  const bytes = 'file' in from ? await readPicture(from.file) : jpegPicture(from.size)
  const picture = distinctPicture(bytes)
  if (!picture) {
    throw new UsageError('Option picture names a file that is neither a JPEG nor a PNG.')
  }
  const run = randomUUID()
  let count = 0
  return {
    type: picture.type,
    bytes: bytes.length,
    name: 'file' in from ? from.file : `JPEG ${from.size.width}x${from.size.height}`,
    equal: () => [bytes],
    distinct: () => picture.withText(`${run} ${++count}`),
  }
}

async function readPicture(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${systemErrorText(error)}.`)
  }
}
