import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import './libvips-settings.ts'
import { fixture } from './test-picture.ts'

const folder = mkdtempSync(join(tmpdir(), 'libvips-settings-'))

afterAll(() => rmSync(folder, { recursive: true }))

const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>')
const RADIANCE = Buffer.from(
  '#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n\x80\x80\x80\x80',
  'latin1',
)
const VIPS = Buffer.concat([Buffer.from([0xb6, 0xa6, 0xf2, 0x08]), Buffer.alloc(100)])

describe('libvips', () => {
  it.each([
    ['jpeg', 'gray.jpg'],
    ['png', 'palette.png'],
    ['webp', 'lossy.webp'],
    ['gif', 'corners.gif'],
    ['tiff', 'lzw.tif'],
    ['heif', 'lossless.avif'],
  ])('loads a %s from memory, and from no file', async (format, name) => {
    expect(await sharp(fixture(name)).metadata()).toMatchObject({ format })
    const path = join(folder, name)
    writeFileSync(path, fixture(name))
    await expect(sharp(path).metadata()).rejects.toThrow('unsupported image format')
  })

  // What its own build could load, by what it says of itself.
  it('has no decoder open that nobody thinks of', async () => {
    const others: [string, Buffer][] = [
      ['an SVG', fixture('vector.svg')],
      ['another SVG', SVG],
      ['a PDF', fixture('document.pdf')],
      ['a BMP', fixture('bitmap.bmp')],
      ['a Radiance', RADIANCE],
      ['a PPM', Buffer.from('P6\n1 1\n255\nabc')],
      ['a PFM', Buffer.from('PF\n1 1\n-1.0\nabcdabcdabcd')],
      ['a CSV', Buffer.from('1,2,3\n4,5,6\n')],
      ['a matrix', Buffer.from('2 1\n1 2\n')],
      ['a libvips', VIPS],
      ['an Analyze', Buffer.concat([uint32(348), Buffer.alloc(344)])],
      ['a JPEG 2000', Buffer.from('\0\0\0\fjP  \r\n\x87\n', 'latin1')],
      ['a JPEG XL', Buffer.from([0xff, 0x0a, 0xfa, 0x7f])],
      ['a FITS', Buffer.from('SIMPLE  =                    T')],
      ['an OpenEXR', Buffer.from([0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0])],
      ['a Photoshop', Buffer.from('8BPS\0\x01\0\0\0\0\0\0\0\x03', 'latin1')],
      ['an icon', Buffer.from([0, 0, 1, 0, 1, 0, 16, 16])],
      ['a Targa', Buffer.from([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 24, 0, 1, 2, 3])],
    ]
    const suffixes = ['svg', 'svgz', 'pdf', 'hdr', 'ppm', 'pfm', 'csv', 'mat', 'v', 'vips', 'img']
    suffixes.push(
      'jp2',
      'jxl',
      'fits',
      'exr',
      'psd',
      'ico',
      'tga',
      'bmp',
      'svs',
      'nii',
      'raw',
      'dz',
    )
    for (const [what, bytes] of others) {
      await expect(sharp(bytes).metadata(), what).rejects.toThrow('unsupported image format')
      for (const suffix of suffixes) {
        const path = join(folder, `file.${suffix}`)
        writeFileSync(path, bytes)
        const said = sharp(path).metadata()
        await expect(said, `${what} as .${suffix}`).rejects.toThrow('unsupported image format')
      }
    }
  })
})

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
