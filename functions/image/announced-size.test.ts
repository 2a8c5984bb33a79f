import { describe, expect, it } from 'vitest'
import { announcedSize } from './announced-size.ts'
import { fixture } from './test-picture.ts'
import { pngThatSays } from './test-png.ts'

describe('announcedSize()', () => {
  it.each([
    ['sample.jpg', 'jpeg', 1600, 1200],
    ['interlaced.png', 'png', 61, 43],
    ['lossy.webp', 'webp', 61, 43],
    ['corners.gif', 'gif', 32, 24],
    ['lzw.tif', 'tiff', 61, 43],
    ['lossless.avif', 'avif', 32, 24],
  ] as const)('is that of %s, a %s of %ix%i', (name, format, width, height) => {
    expect(announcedSize(fixture(name), format)).toEqual({ width, height })
  })

  it('is what a bomb says', () => {
    const size = { width: 60_000, height: 60_000 }
    expect(announcedSize(pngThatSays(size), 'png')).toEqual(size)
  })

  it.each([
    ['a file that is cut', fixture('gray.jpg').subarray(0, 60), 'jpeg'],
    ['a picture without a width', pngThatSays({ width: 0, height: 24 }), 'png'],
    ['a BigTIFF', fixture('bigtiff.tif'), 'tiff'],
  ] as const)('is not known of %s', (_what, bytes, format) => {
    expect(announcedSize(bytes, format)).toBeUndefined()
  })

  it('is not looked for in all of 32 MB of a JPEG without a frame', () => {
    const start = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 2])
    const endless = Buffer.concat([start, Buffer.alloc(32_000_000)])
    const startMs = performance.now()
    expect(announcedSize(endless, 'jpeg')).toBeUndefined()
    expect(performance.now() - startMs).toBeLessThan(100)
  })
})
