import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { resolvedOptionsFromQuery } from '../contract/options-query.ts'
import { PIPELINE_VERSION } from '../contract/result-key.ts'
import { createDeadline } from './deadline.ts'
import { processFast } from './process.ts'
import { readSourceHeader } from './source-header.ts'
import { fixture } from './test-picture.ts'

const QUERY =
  'scale=100x75&grayscale=true&fit=fill&filter=lanczos&orient=apply&alpha=drop&icc=ignore' +
  '&format=raw&quality=90&mode=fast'

/**
 * The first 16 hex digits of the SHA-256 of results. When one changes, stored results no longer are
 * what the pipeline makes: raise PIPELINE_VERSION and put in the new hashes. Made on x86-64 with the
 * sharp of package-lock.json; another sharp may encode other bytes, which is a new version, too.
 */
const GOLDEN: Record<string, [name: string, change: Record<string, string>, hash: string][]> = {
  '1': [
    ['sample.jpg', {}, 'c30a092258cb8fc5'],
    ['sample.jpg', { grayscale: 'false' }, '0d8a3f85f17496ac'],
    ['sample.jpg', { scale: 'none', format: 'png' }, '26c06959249af7d0'],
    ['sample.jpg', { format: 'jpeg' }, '14a03801904a3d82'],
    ['sample.jpg', { format: 'webp' }, 'eafb102b4fe9f436'],
    ['sample.jpg', { fit: 'cover', filter: 'bicubic' }, '0f2831bb7ad0d9cb'],
    ['sample.jpg', { fit: 'contain', filter: 'bilinear' }, '4e0835bd9a218a64'],
    ['orientation-6.jpg', { fit: 'inside' }, 'a9209504e64ffe4d'],
    ['rgba.png', {}, '2c196841aba7b83c'],
    ['rgba.png', { alpha: '#ff8000' }, '32c44fa55f405653'],
    ['rgb-16-bit.png', { scale: 'none' }, '20123ff5ffb093db'],
    ['icc-red-green-swapped.jpg', { icc: 'convert' }, '5c183c70d89215d8'],
  ],
}

describe('the bytes of a result', () => {
  it.each(GOLDEN[PIPELINE_VERSION] ?? [])(
    'belong to this pipeline version: %s %j',
    async (name, change, expected) => {
      const source = fixture(name)
      const query = new URLSearchParams(QUERY)
      for (const [option, text] of Object.entries(change)) query.set(option, text)
      const options = resolvedOptionsFromQuery(query.toString())
      const { bytes } = await processFast(
        source,
        await readSourceHeader(source),
        options,
        createDeadline(30_000),
      )
      expect(hash('sha256', bytes, 'hex').slice(0, 16)).toBe(expected)
    },
  )

  it('are pinned for this pipeline version', () => {
    expect(GOLDEN[PIPELINE_VERSION]?.length).toBeGreaterThanOrEqual(8)
  })
})
