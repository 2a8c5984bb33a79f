import { describe, expect, it } from 'vitest'
import { readSourceHeader } from './source-header.ts'
import { fixture } from './test-picture.ts'
import { pngThatSays } from './test-png.ts'

describe('readSourceHeader()', () => {
  it.each([
    ['animated.gif', 'gif', 32, 24],
    ['animated.webp', 'webp', 32, 24],
    ['arithmetic.jpg', 'jpeg', 61, 43],
    ['big-endian.tif', 'tiff', 32, 24],
    ['bigtiff.tif', 'tiff', 32, 24],
    ['cmyk.jpg', 'jpeg', 32, 24],
    ['corners.gif', 'gif', 32, 24],
    ['gray-16-bit.png', 'png', 32, 24],
    ['gray.jpg', 'jpeg', 61, 43],
    ['icc-red-green-swapped.jpg', 'jpeg', 32, 24],
    ['interlaced.png', 'png', 61, 43],
    ['lossless.avif', 'avif', 32, 24],
    ['lossy.webp', 'webp', 61, 43],
    ['lzw.tif', 'tiff', 61, 43],
    ['one-bit.png', 'png', 32, 24],
    ['palette.png', 'png', 32, 24],
    ['progressive.jpg', 'jpeg', 61, 43],
    ['rgb-16-bit.png', 'png', 61, 43],
    ['sample.jpg', 'jpeg', 1600, 1200],
    ['two-pages.tif', 'tiff', 32, 24],
  ])('reads %s as an opaque %s of %ix%i', async (name, format, width, height) => {
    expect(await readSourceHeader(fixture(name))).toEqual({
      format,
      width,
      height,
      orientation: 1,
      hasAlpha: false,
      isCmyk: name.startsWith('cmyk'),
      channels: expect.any(Number),
      bytesPerSample: expect.any(Number),
    })
  })

  it.each([
    ['one-bit.png', 1, 1],
    ['gray-16-bit.tif', 1, 2],
    ['palette.png', 3, 1],
    ['rgb-16-bit.png', 3, 2],
    ['rgba.png', 4, 1],
    ['rgba-16-bit.png', 4, 2],
    ['cmyk.jpg', 4, 1],
    ['lossless.avif', 3, 1],
  ])('says of %s that it is decoded to %i channels of %i bytes', async (name, ...sizes) => {
    const [channels, bytesPerSample] = sizes
    expect(await readSourceHeader(fixture(name))).toMatchObject({ channels, bytesPerSample })
  })

  it.each(['gray-alpha.png', 'lossless-alpha.webp', 'palette-transparent.png', 'rgba.png'])(
    'sees the alpha of %s',
    async (name) => {
      expect(await readSourceHeader(fixture(name))).toMatchObject({ hasAlpha: true })
    },
  )

  it.each([
    ['orientation-1.jpg', 1, 32, 24],
    ['orientation-2.jpg', 2, 32, 24],
    ['orientation-3.jpg', 3, 32, 24],
    ['orientation-4.jpg', 4, 32, 24],
    ['orientation-5.jpg', 5, 24, 32],
    ['orientation-6.jpg', 6, 24, 32],
    ['orientation-7.jpg', 7, 24, 32],
    ['orientation-8.jpg', 8, 24, 32],
    ['orientation-6.png', 6, 24, 32],
    ['orientation-6.tif', 6, 24, 32],
    ['orientation-6.webp', 6, 24, 32],
  ])('reads of %s the orientation %i and the stored sides', async (name, orientation, ...sides) => {
    const [width, height] = sides
    expect(await readSourceHeader(fixture(name))).toMatchObject({ orientation, width, height })
  })

  it.each(['rotated.avif', 'rotated-twice-told.avif'])(
    'takes the turn of %s as part of the picture',
    async (name) => {
      const expected = { orientation: 1, width: 32, height: 24 }
      expect(await readSourceHeader(fixture(name))).toMatchObject(expected)
    },
  )

  it.each([0, 9, 65_535])('takes the orientation %i, which is none, as 1', async (value) => {
    const jpeg = fixture('orientation-6.jpg')
    const entry = Buffer.from([0x01, 0x12, 0, 3, 0, 0, 0, 1])
    jpeg.writeUInt16BE(value, jpeg.indexOf(entry) + entry.length)
    expect(await readSourceHeader(jpeg)).toMatchObject({ orientation: 1, width: 24, height: 32 })
  })

  it('reads a decompression bomb of 60000x60000 without unpacking it', {
    timeout: 1000,
  }, async () => {
    const bomb = pngThatSays({ width: 60_000, height: 60_000 }, 30_000)
    expect(await readSourceHeader(bomb)).toMatchObject({ width: 60_000, height: 60_000 })
  })

  it('asks for a body when there is none', async () => {
    await expect(readSourceHeader(Buffer.alloc(0))).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it.each([
    ['text', Buffer.from('an image, honestly')],
    ['HTML', Buffer.from('<!doctype html><title>404</title><p>Not found')],
    ['an SVG', fixture('vector.svg')],
    ['a PDF', fixture('document.pdf')],
    ['a BMP', fixture('bitmap.bmp')],
    ['a HEIC', fixture('brand.heic')],
    ['one byte', Buffer.from([0xff])],
    ['an SVG behind a blank', Buffer.concat([Buffer.from(' \n'), fixture('vector.svg')])],
  ])('refuses %s', async (_what, bytes) => {
    await expect(readSourceHeader(bytes)).rejects.toMatchObject({ code: 'unsupported_media_type' })
  })

  it.each([
    ['PNG', pngThatSays({ width: 0, height: 24 })],
    ['PNG', pngThatSays({ width: 32, height: 0 })],
    ['JPEG', jpegThatSays({ width: 0, height: 24 })],
    ['JPEG', jpegThatSays({ width: 32, height: 0 })],
  ])('refuses a %s with a side of 0 as damaged', async (_format, bytes) => {
    await expect(readSourceHeader(bytes)).rejects.toMatchObject({ code: 'undecodable_image' })
  })

  it.each([
    ['jpeg', 'orientation-1.jpg'],
    ['png', 'rgba.png'],
    ['webp', 'lossy.webp'],
    ['gif', 'corners.gif'],
    ['tiff', 'lzw.tif'],
    ['avif', 'lossless.avif'],
  ])('names the format in the problem of a %s that ends in its header', async (format, name) => {
    const start = fixture(name).subarray(0, 24)
    await expect(readSourceHeader(start)).rejects.toMatchObject({
      code: 'undecodable_image',
      detail: expect.stringContaining(`The ${format} is cut short or damaged`),
    })
  })
})

function jpegThatSays({ width, height }: { width: number; height: number }): Buffer {
  const jpeg = fixture('orientation-1.jpg')
  const startOfFrame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  jpeg.writeUInt16BE(height, startOfFrame + 5)
  jpeg.writeUInt16BE(width, startOfFrame + 7)
  return jpeg
}
