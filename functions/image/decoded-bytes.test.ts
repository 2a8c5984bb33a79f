import { describe, expect, it } from 'vitest'
import { checkDecodedBytes } from './decoded-bytes.ts'
import type { SourceHeader } from './source-header.ts'

const MAX_SOURCE_PIXELS = 50_000_000

function check(width: number, height: number, channels: number, bytesPerSample: number) {
  const header: SourceHeader = {
    format: 'tiff',
    width,
    height,
    orientation: 6,
    hasAlpha: channels % 2 === 0,
    isCmyk: false,
    channels,
    bytesPerSample,
  }
  return () => checkDecodedBytes(header, MAX_SOURCE_PIXELS)
}

describe('checkDecodedBytes()', () => {
  it.each([
    ['RGBA of 8 bits', 4, 1],
    ['inks of 8 bits', 4, 1],
    ['inks and alpha of 8 bits', 5, 1],
    ['RGB of 16 bits', 3, 2],
    ['gray of 32 bits', 1, 4],
  ])('allows 50 megapixels of %s', (_what, channels, bytesPerSample) => {
    expect(check(10_000, 5000, channels, bytesPerSample)).not.toThrow()
  })

  it.each([
    ['RGBA of 16 bits', 4, 2, 3750],
    ['RGB of 32 bits', 3, 4, 2500],
    ['inks and alpha of 32 bits', 5, 4, 1500],
  ])('allows fewer pixels of %s, and not one row more', (_what, channels, bytes, rows) => {
    expect(check(10_000, rows, channels, bytes)).not.toThrow()
    expect(check(10_000, rows + 1, channels, bytes)).toThrow(
      expect.objectContaining({
        code: 'too_many_pixels',
        detail: expect.stringContaining(`${channels} channels of ${bytes * 8} bits`),
      }),
    )
  })
})
