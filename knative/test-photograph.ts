/** Photographs to send: of a size, and each with other bytes, so that no result of it is stored. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import type { Size } from '../functions/contract/options.ts'

const SAMPLE = join(import.meta.dirname, '..', 'functions', 'image', 'fixtures', 'sample.jpg')

/** A JPEG photograph of this size. */
export async function photograph({ width, height }: Size): Promise<Buffer> {
  const sample = await readFile(SAMPLE)
  return await sharp(sample).resize(width, height, { fit: 'fill' }).jpeg({ quality: 80 }).toBuffer()
}

/** The same picture in other bytes: what follows its end is no part of it. */
export function distinct(jpeg: Buffer): Buffer {
  return Buffer.concat([jpeg, Buffer.from(randomUUID())])
}
