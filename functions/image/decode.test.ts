import { describe, expect, it } from 'vitest'
import { createDeadline } from './deadline.ts'
import { decode, fromPixels, toPixels } from './decode.ts'
import { raise } from './left-flag.ts'
import type { SourceHeader } from './source-header.ts'
import { asPng, fixture, flat, quarters, randomNumbers, textured } from './test-picture.ts'
import { pixelsOf, processed } from './test-process.ts'

const SMALL = { width: 8, height: 6 }

/** Each fixture with the number of bytes at its end without which its first frame is still whole. */
const SPARE_BYTES = {
  // The end of image, which an empty bit reader does not miss.
  'arithmetic.jpg': 2,
  'cmyk.jpg': 2,
  'gray.jpg': 2,
  'icc-red-green-swapped.jpg': 2,
  'orientation-3.jpg': 2,
  'orientation-6.jpg': 2,
  'progressive.jpg': 2,
  'sample.jpg': 2,
  'subsampling-411.jpg': 2,
  'subsampling-420.jpg': 2,
  'subsampling-422.jpg': 2,
  'subsampling-440.jpg': 2,
  'subsampling-444.jpg': 2,
  // The IEND chunk.
  'gray-16-bit.png': 12,
  'gray-alpha.png': 12,
  'interlaced.png': 12,
  'one-bit.png': 12,
  'orientation-6.png': 12,
  'palette-transparent.png': 12,
  'palette.png': 12,
  'rgb-16-bit.png': 12,
  'rgba.png': 12,
  // The trailer, and the second frame.
  'corners.gif': 1,
  'animated.gif': 81,
  // The second page and its directory.
  'two-pages.tif': 274,
  'big-endian.tif': 0,
  'bigtiff.tif': 0,
  'lzw.tif': 0,
  'orientation-6.tif': 0,
  'animated.webp': 0,
  'lossless-alpha.webp': 0,
  'lossy.webp': 0,
  'orientation-6.webp': 0,
  'lossless.avif': 0,
  'rotated-twice-told.avif': 0,
  'rotated.avif': 0,
}

describe('decode() and toPixels()', () => {
  describe.each(Object.entries(SPARE_BYTES))('of %s cut short', (name, spareBytes) => {
    const whole = fixture(name)
    const wholeFrom = whole.length - spareBytes

    it.each([
      ['exact', 'none'],
      ['exact', SMALL],
      ['fast', SMALL],
    ] as const)('give no part of a picture, mode=%s, scale %j', async (mode, scale) => {
      const cuts = [0.1, 0.25, 0.5, 0.6, 0.75, 0.9, 0.95].map((part) => part * whole.length)
      cuts.push(wholeFrom - 40, wholeFrom - 20, wholeFrom - 10, wholeFrom - 2, wholeFrom - 1)
      for (const cut of cuts.map(Math.floor).filter((bytes) => bytes >= 16 && bytes < wholeFrom)) {
        const outcome = pixelsOf(whole.subarray(0, cut), { mode, scale })
        await expect(outcome, `${cut} of ${whole.length} bytes`).rejects.toMatchObject({
          code: 'undecodable_image',
        })
      }
    })

    it('give the whole picture or a problem where only the end is missing', async () => {
      for (const mode of ['exact', 'fast'] as const) {
        const expected = await pixelsOf(whole, { mode, scale: SMALL })
        for (let cut = wholeFrom; cut < whole.length; cut += Math.ceil(spareBytes / 20)) {
          const outcome = await pixelsOf(whole.subarray(0, cut), { mode, scale: SMALL }).catch(
            codeOf,
          )
          expect([expected, 'undecodable_image']).toContainEqual(outcome)
        }
        expect(expected).toMatchObject(SMALL)
      }
    })
  })

  it.each(['jpeg', 'webp', 'png'] as const)(
    'refuse a %s cut short that would be decoded at a smaller scale',
    async (format) => {
      const picture = await asPng(textured({ width: 320, height: 240 }, 7))
      const { bytes } = await processed(picture, { format })
      for (const part of [0.1, 0.5, 0.9, 0.99]) {
        const cut = Buffer.from(bytes.subarray(0, bytes.length * part))
        const scale = { width: 32, height: 24 }
        const outcome = pixelsOf(cut, { mode: 'fast', scale, grayscale: true })
        await expect(outcome).rejects.toMatchObject({ code: 'undecodable_image' })
      }
    },
  )

  it.each([
    ['jpeg', '\xff\xd8\xff\xe0'],
    ['png', '\x89PNG\r\n\x1a\n'],
    ['webp', 'RIFF\x80\0\0\0WEBPVP8 '],
    ['gif', 'GIF89a'],
    ['tiff', 'II*\0'],
    ['bigtiff', 'MM\0+'],
    ['avif', '\0\0\0\x20ftypavif\0\0\0\0mif1miaf'],
  ])('refuse garbage that begins like a %s', async (_format, magic) => {
    const random = randomNumbers(11)
    for (const length of [1, 30, 500, 5000]) {
      const garbage = Buffer.from(Array.from({ length }, () => random() * 256))
      for (const rest of [garbage, Buffer.alloc(length)]) {
        const bytes = Buffer.concat([Buffer.from(magic, 'latin1'), rest])
        await expect(pixelsOf(bytes)).rejects.toMatchObject({ code: 'undecodable_image' })
      }
    }
  })

  it('accept a whole JPEG with stray bytes between its parts, as phones write them', async () => {
    const tidy = fixture('subsampling-420.jpg')
    const tables = tidy.indexOf(Buffer.from([0xff, 0xdb]))
    const stray = Buffer.from([1, 2, 3])
    const [head, rest] = [tidy.subarray(0, tables), tidy.subarray(tables)]
    const untidy = Buffer.concat([head, stray, rest, stray])
    expect(await pixelsOf(untidy)).toEqual(await pixelsOf(tidy))
  })

  it('refuse a PNG with one altered byte, by its checksums', async () => {
    const whole = fixture('interlaced.png')
    for (let at = 60; at < whole.length - 12; at += 199) {
      const altered = Buffer.from(whole)
      altered.writeUInt8(altered.readUInt8(at) ^ 0x10, at)
      await expect(pixelsOf(altered)).rejects.toMatchObject({ code: 'undecodable_image' })
    }
  })

  it.each(['vector.svg', 'document.pdf', 'bitmap.bmp'])(
    'do not read %s even when it is said to be an image of the list',
    async (name) => {
      const header: SourceHeader = { ...PNG_HEADER, width: 8, height: 8 }
      const image = decode(fixture(name), header, 'ignore')
      await expect(toPixels(image, header, createDeadline(10_000))).rejects.toMatchObject({
        code: 'undecodable_image',
      })
    },
  )

  it('say what libvips said, and to send the whole file', async () => {
    const cut = fixture('subsampling-420.jpg').subarray(0, 700)
    await expect(pixelsOf(cut)).rejects.toMatchObject({
      detail: expect.stringMatching(/^The jpeg is cut short .*\(.+\); send the whole file/),
    })
  })

  it('give up, once they are done, for a client who left meanwhile', async () => {
    const left = new Int32Array(new SharedArrayBuffer(4))
    const deadline = createDeadline(10_000, left)
    const pixels = toPixels(fromPixels(quarters()), PNG_HEADER, deadline)
    raise(left)
    await expect(pixels).rejects.toMatchObject({ detail: expect.stringContaining('client left') })
  })

  it('give up at the deadline with image_function_timeout', async () => {
    const slow = fromPixels(flat(SMALL, 'red')).resize(6000, 6000).blur(150)
    await expect(toPixels(slow, PNG_HEADER, createDeadline(1000))).rejects.toMatchObject({
      code: 'image_function_timeout',
      detail: expect.stringContaining('more than 1000 ms'),
    })
  })
})

describe('fromPixels()', () => {
  it('starts from the pixels as they are', async () => {
    const { data, ...rest } = await toPixels(
      fromPixels(quarters()),
      PNG_HEADER,
      createDeadline(10_000),
    )
    expect(rest).toEqual({ width: 32, height: 24, channels: 3 })
    expect([...data]).toEqual([...quarters().data])
  })
})

const PNG_HEADER: SourceHeader = {
  format: 'png',
  width: 32,
  height: 24,
  orientation: 1,
  hasAlpha: false,
  isCmyk: false,
  channels: 3,
  bytesPerSample: 1,
}

function codeOf(error: { code?: string }): string | undefined {
  return error.code
}
