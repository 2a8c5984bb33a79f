import { describe, expect, it } from 'vitest'
import type { Options } from '../contract/options.ts'
import { placement } from './geometry.ts'
import { checkPlacement, checkResultSize } from './result-limits.ts'
import { AS_IT_IS } from './test-process.ts'

describe('checkResultSize()', () => {
  it.each([
    ['as many pixels as allowed', { width: 4000, height: 4000 }, 'png'],
    ['the longest side of a jpeg', { width: 65_500, height: 1 }, 'jpeg'],
    ['the longest side of a webp', { width: 1, height: 16_383 }, 'webp'],
    ['a png wider than any jpeg', { width: 65_536, height: 1 }, 'png'],
    ['raw pixels wider than any webp', { width: 16_384, height: 1 }, 'raw'],
    ['an array wider than any webp', { width: 16_384, height: 1 }, 'npy'],
  ] as const)('allows %s', (_what, size, format) => {
    expect(() => checkResultSize(size, { ...AS_IT_IS, format }, 16_000_000)).not.toThrow()
  })

  it.each([
    ['one row too many', { width: 4000, height: 4001 }, 'png', '4000x4001 = 16004000 pixels'],
    ['one row too many of an array', { width: 4000, height: 4001 }, 'npy', '4000x4001'],
    ['one column too many for jpeg', { width: 65_536, height: 1 }, 'jpeg', '65536x1'],
    ['one row too many for webp', { width: 1, height: 16_384 }, 'webp', '1x16384'],
  ] as const)('refuses %s and names the size', (_what, size, format, named) => {
    expect(() => checkResultSize(size, { ...AS_IT_IS, format }, 16_000_000)).toThrow(
      expect.objectContaining({
        code: 'too_many_pixels',
        detail: expect.stringContaining(named),
      }),
    )
  })

  it.each([
    ['gray', 'float32', true, 1000],
    ['colour', 'float32', false, 333],
    ['colour', 'float16', false, 666],
    ['colour', 'uint8', false, 1000],
  ] as const)('takes up to 4 bytes a pixel: %s in %s', (_what, dtype, grayscale, rows) => {
    const options = { ...AS_IT_IS, format: 'npy', dtype, grayscale } as const
    const check = (height: number) => () =>
      checkResultSize({ width: 1000, height }, options, 1_000_000)
    expect(check(rows)).not.toThrow()
    expect(check(rows + 1)).toThrow(/^too_many_pixels: .*Ask for a smaller scale/)
  })

  it('names the crop where that is what is too large', () => {
    const size = { width: 65_535, height: 65_535 }
    const options = { ...AS_IT_IS, crop: size }
    expect(() => checkResultSize(size, options, 16_000_000)).toThrow('Ask for a smaller crop.')
  })
})

describe('checkPlacement()', () => {
  /** A million: what these tests allow on the way. */
  const MOST = 1_000_000

  function check(from: string, to: string, options: Partial<Options> = {}) {
    const [source, scale] = [size(from), size(to)]
    const all = { ...AS_IT_IS, scale, ...options, mode: 'exact' } as const
    return () => checkPlacement(source, placement(source, all), all, MOST)
  }

  function refusal(...naming: string[]) {
    const detail = expect.toSatisfy(
      (text: string) => naming.every((part) => text.includes(part)),
      `a sentence with ${naming}`,
    )
    return expect.objectContaining({ code: 'too_many_pixels', detail })
  }

  it.each(['12', '13'] as const)('allows what shrinks each way, pillow=%s', (pillow) => {
    expect(check('1000x1000', '100x10', { pillow })).not.toThrow()
    expect(check('1000x1000', '1x1', { pillow })).not.toThrow()
    expect(check('2000x2000', '1000x1000', { pillow })).not.toThrow()
  })

  it('refuses a tall source that pillow=12 makes wide before it is made low', () => {
    expect(check('20x1000', '1000x1', { pillow: '12' })).not.toThrow()
    expect(check('20x1000', '1001x1', { pillow: '12' })).toThrow(
      refusal('1001x1000 pixels on its way', 'at most 1000000', 'for pillow=13'),
    )
    expect(check('20x1000', '1001x1', { pillow: '13' })).not.toThrow()
  })

  it('allows it of a source so tall that pillow=12 makes it low first', () => {
    expect(check('1x70000', '65535x1', { pillow: '12' })).not.toThrow()
  })

  it('counts only the columns that are kept', () => {
    const crop = { width: 1000, height: 1 }
    expect(check('20x1000', '1500x1', { pillow: '12', crop })).not.toThrow()
  })

  it('does not count the black around a picture', () => {
    const options = { pillow: '12', fit: 'contain' } as const
    expect(check('100x9000', '9000x10', options)).not.toThrow()
    const crop = { width: 9000, height: 10 }
    expect(check('100x9000', '10x10', { pillow: '12', crop })).not.toThrow()
  })

  it('allows on the way what the source itself is', () => {
    expect(check('1001x1000', '1001x1', { pillow: '12' })).not.toThrow()
    expect(check('1001x1000', '1001x500', { pillow: '12' })).not.toThrow()
  })

  it('refuses a picture that nearest walks all of for a small crop', () => {
    const options = { filter: 'nearest', crop: { width: 1, height: 1 } } as const
    expect(check('9x9', '1000x1000', options)).not.toThrow()
    expect(check('9x9', '1000x1001', options)).toThrow(refusal('1000x1001 pixels on its way'))
    const tall = { ...options, fit: 'short-side' } as const
    expect(check('1x65535', '65535x65535', tall)).toThrow(refusal('65535x4294836225'))
  })

  it('allows a small crop of any enlargement that is weighed, as only the crop is made', () => {
    const options = { fit: 'short-side', crop: { width: 9, height: 9 } } as const
    expect(check('1x65535', '65535x65535', options)).not.toThrow()
  })

  it('allows anything where nothing is resized', () => {
    expect(check('1000000x1', '9x1', { scale: 'none' })).not.toThrow()
  })
})

function size(text: string) {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return { width, height }
}
