import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { PIPELINE_VERSION } from '../contract/result-key.ts'
import { fixture } from './test-picture.ts'
import { processed } from './test-process.ts'

const QUERY =
  'scale=100x75&grayscale=true&fit=fill&crop=none&filter=lanczos&orient=apply&alpha=drop' +
  '&icc=ignore&format=raw&quality=90&mode=exact&pillow=13&dtype=uint8&layout=hwc&mean=0&std=1'

const FAST = { mode: 'fast' }
const NPY = { format: 'npy', dtype: 'float32', layout: 'chw' }

/** Enlarged across and shrunk down, where the order of the two passes differs. */
const OTHER_ORDER = { scale: '1700x300' }

/**
 * The first 16 hex digits of the SHA-256 of results. When one changes, stored results no longer are
 * what the pipeline makes: raise PIPELINE_VERSION and put in the new hashes. Made on x86-64 with the
 * sharp of package-lock.json; another sharp may encode other bytes, which is a new version, too.
 */
const GOLDEN: Record<string, [name: string, change: Record<string, string>, hash: string][]> = {
  '2': [
    ['sample.jpg', {}, '8bfeb497d8f2b7fa'],
    ['sample.jpg', { grayscale: 'false' }, 'df8cca84d32a4669'],
    ['sample.jpg', { filter: 'bicubic' }, '968cafb4f3d49639'],
    ['sample.jpg', { filter: 'bilinear' }, '35d636c6c84659dd'],
    ['sample.jpg', { filter: 'hamming' }, 'c64cf60f4dfba296'],
    ['sample.jpg', { filter: 'box' }, 'aa2e54cf44206adc'],
    ['sample.jpg', { filter: 'nearest' }, '3acfc8908129aeb0'],
    ['sample.jpg', { fit: 'cover', scale: '100x100', filter: 'bicubic' }, 'eb8226f723ae3ab5'],
    ['sample.jpg', { fit: 'contain', scale: '100x100', filter: 'bilinear' }, 'e14c1acbe4eb0220'],
    ['sample.jpg', { fit: 'short-side', scale: '64x64', crop: 'centre-56x56' }, 'e2092d8300e17411'],
    ['sample.jpg', { crop: 'centre-120x60' }, 'cf9545f6ff943e1e'],
    ['sample.jpg', { ...OTHER_ORDER, pillow: '12' }, 'f335c346e2ff69af'],
    ['sample.jpg', { ...OTHER_ORDER, pillow: '13' }, 'ebacb6563d27609e'],
    ['sample.jpg', { ...NPY, mean: '0.5', std: '0.25' }, 'a29fb0f96e79b519'],
    ['sample.jpg', { ...NPY, grayscale: 'false', mean: '0.485,0.456,0.406' }, '0f316948084399ec'],
    ['sample.jpg', { dtype: 'float16' }, '7da22f15193a8562'],
    ['sample.jpg', { scale: 'none', format: 'png' }, '26c06959249af7d0'],
    ['sample.jpg', { format: 'jpeg' }, 'a4a40663aa9446a6'],
    ['sample.jpg', { format: 'webp' }, 'fa97717762b3ebcd'],
    ['orientation-6.jpg', { fit: 'inside', scale: '50x50' }, 'd8ee8ef211256e75'],
    ['rgba.png', {}, '7c7e43d5a49c0989'],
    ['rgba.png', { alpha: '#ff8000' }, '2b276ba227f6989a'],
    ['rgb-16-bit.png', { scale: 'none' }, '20123ff5ffb093db'],
    ['icc-red-green-swapped.jpg', { icc: 'convert' }, 'f8b8999e447683c0'],
    ['sample.jpg', { ...FAST }, 'c30a092258cb8fc5'],
    ['sample.jpg', { ...FAST, grayscale: 'false' }, '0d8a3f85f17496ac'],
    ['sample.jpg', { ...FAST, format: 'jpeg' }, '14a03801904a3d82'],
    [
      'sample.jpg',
      { ...FAST, fit: 'cover', scale: '100x100', filter: 'bicubic' },
      '18a36d4c8ee2a614',
    ],
    [
      'sample.jpg',
      { ...FAST, fit: 'contain', scale: '100x100', filter: 'bilinear' },
      'f990eb698302b84b',
    ],
    ['rgba.png', { ...FAST, scale: '16x12' }, '30fb08d91bd346ab'],
    ['rgba.png', { ...FAST, scale: '16x12', alpha: '#ff8000' }, '0afc9658d088ab03'],
  ],
}

describe('the bytes of a result', () => {
  it.each(GOLDEN[PIPELINE_VERSION] ?? [])(
    'belong to this pipeline version: %s %j',
    async (name, change, expected) => {
      const query = new URLSearchParams(QUERY)
      for (const [option, text] of Object.entries(change)) query.set(option, text)
      const options = resolvedOptionsFromQuery(query.toString())
      const { bytes, info } = await processed(fixture(name), options)
      expect(info.mode).toBe(options.mode)
      expect(hash('sha256', bytes, 'hex').slice(0, 16)).toBe(expected)
    },
  )

  it('are pinned for this pipeline version', () => {
    expect(GOLDEN[PIPELINE_VERSION]?.length).toBeGreaterThanOrEqual(8)
  })
})
