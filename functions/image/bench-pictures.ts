import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

/** A photograph to measure with. */
export type BenchPicture = { name: string; bytes: Buffer; megapixels: number }

/** What counts as the largest class; without one, the largest photograph is enlarged to it. */
const LARGEST = { width: 5656, height: 4242 }

/**
 * The JPEG photographs of a folder by size, and one of 24 megapixels, enlarged if there is none.
 * Without a folder pictures are made: then the figures are of made pictures, not of photographs.
 */
export async function benchPictures(folder: string | undefined): Promise<BenchPicture[]> {
  const pictures = folder ? await readFolder(folder) : await makePictures()
  pictures.sort((a, b) => a.megapixels - b.megapixels)
  const largest = pictures.at(-1)
  if (largest && largest.megapixels < 20) pictures.push(await enlarged(largest))
  return pictures
}

async function readFolder(folder: string): Promise<BenchPicture[]> {
  const names = (await readdir(folder)).filter((name) => /\.jpe?g$/i.test(name))
  return Promise.all(names.map(async (name) => toPicture(name, await readFile(join(folder, name)))))
}

async function toPicture(name: string, bytes: Buffer): Promise<BenchPicture> {
  const { width, height } = await sharp(bytes).metadata()
  return { name, bytes, megapixels: (width * height) / 1e6 }
}

async function enlarged({ name, bytes }: BenchPicture): Promise<BenchPicture> {
  const jpeg = await sharp(bytes)
    .resize({ ...LARGEST, fit: 'fill', kernel: 'cubic' })
    .jpeg({ quality: 90 })
    .toBuffer()
  return toPicture(`${name} enlarged`, jpeg)
}

/** Soft noise at the sizes of cameras, about as many bytes per pixel as photographs have. */
function makePictures(): Promise<BenchPicture[]> {
  const sizes = [
    { width: 1632, height: 1224 },
    { width: 2832, height: 2124 },
    { width: 4032, height: 3024 },
  ]
  return Promise.all(
    sizes.map(async (size) => {
      const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const
      const small = {
        width: size.width >> 2,
        height: size.height >> 2,
        channels: 3,
        noise,
      } as const
      const grain = await sharp({ create: { ...small, background: '#808080' } })
        .png()
        .toBuffer()
      const jpeg = await sharp(grain)
        .resize({ ...size, kernel: 'cubic' })
        .jpeg({ quality: 90 })
        .toBuffer()
      return toPicture(`made ${size.width}x${size.height}`, jpeg)
    }),
  )
}
