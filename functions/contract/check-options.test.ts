import { describe, expect, it } from 'vitest'
import { checkOptions, isTensorFormat, TENSOR_DEFAULTS } from './check-options.ts'
import type { Options } from './options.ts'
import { ProblemError } from './problem.ts'

const FITTING: Options = {
  scale: { width: 1024, height: 768 },
  grayscale: true,
  fit: 'fill',
  crop: 'none',
  filter: 'lanczos',
  orient: 'apply',
  alpha: 'drop',
  icc: 'ignore',
  format: 'source',
  quality: 90,
  mode: 'auto',
  pillow: '13',
  ...TENSOR_DEFAULTS,
}

/** What is said of options that differ so from those that fit; `undefined` when nothing is. */
function complaint(different: Partial<Options>): string | undefined {
  try {
    checkOptions({ ...FITTING, ...different })
    return undefined
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'invalid_request') return error.detail
    throw error
  }
}

describe('checkOptions()', () => {
  it.each(['source', 'png', 'jpeg', 'webp', 'npy', 'raw'] as const)(
    'takes the tensor options as they are by default for format=%s',
    (format) => {
      expect(complaint({ format })).toBeUndefined()
    },
  )

  describe('fit=short-side', () => {
    it('takes a square scale, or none', () => {
      const scale = { width: 256, height: 256 }
      expect(complaint({ fit: 'short-side', scale })).toBeUndefined()
      expect(complaint({ fit: 'short-side', scale: 'none' })).toBeUndefined()
    })

    it('refuses another, naming one that it takes', () => {
      expect(complaint({ fit: 'short-side' })).toBe(
        'fit=short-side takes a square scale, such as 1024x1024; the scale is 1024x768.',
      )
    })
  })

  describe('the options of a tensor', () => {
    it.each(['npy', 'raw'] as const)('are taken for format=%s', (format) => {
      const tensor: Partial<Options> = { dtype: 'float32', layout: 'chw', mean: [0.5], std: [0.25] }
      expect(complaint({ ...tensor, format })).toBeUndefined()
    })

    it.each([
      [{ dtype: 'float16' }, 'dtype=float16 is for format=npy and format=raw; the format is png.'],
      [{ layout: 'chw' }, 'layout=chw is for format=npy and format=raw; the format is png.'],
      [{ mean: [0.5] }, 'mean=0.5 is for format=npy and format=raw; the format is png.'],
      [{ std: [0.1, 0.2, 0.3] }, 'std=0.1,0.2,0.3 is for format=npy and format=raw; the'],
    ] as [Partial<Options>, string][])('are refused for an image file: %o', (options, sentence) => {
      expect(complaint({ ...options, format: 'png' })).toContain(sentence)
    })

    it('are refused for format=source, which is never a tensor', () => {
      expect(complaint({ layout: 'chw' })).toContain('the format is source')
    })

    it.each([
      [{ mean: [0.5] }, 'mean=0.5 takes dtype=float32 or dtype=float16, not uint8.'],
      [{ std: [0.5] }, 'std=0.5 takes dtype=float32 or dtype=float16, not uint8.'],
    ] as [Partial<Options>, string][])('are no mean and std of uint8: %o', (options, sentence) => {
      expect(complaint({ ...options, format: 'npy' })).toBe(sentence)
    })

    it.each([
      [{ mean: [0.1, 0.2, 0.3] }, 'mean has three numbers'],
      [{ std: [0.1, 0.2, 0.3] }, 'std has three numbers'],
    ] as [Partial<Options>, string][])(
      'have one number of one channel: %o',
      (options, sentence) => {
        const tensor: Partial<Options> = { format: 'npy', dtype: 'float32', ...options }
        expect(complaint({ ...tensor, grayscale: true })).toContain(sentence)
        expect(complaint({ ...tensor, grayscale: false })).toBeUndefined()
      },
    )
  })
})

describe('isTensorFormat()', () => {
  it.each([
    ['source', false],
    ['png', false],
    ['jpeg', false],
    ['webp', false],
    ['npy', true],
    ['raw', true],
  ] as const)('of %s is %s', (format, expected) => {
    expect(isTensorFormat(format)).toBe(expected)
  })
})
