/** What every source store promises, whatever it keeps its sources in. */
import { describe, expect, it } from 'vitest'
import { SOURCE_FORMATS } from '../contract/source-format.ts'
import type { SourceStore } from './source-store.ts'
import { sha256Of } from './test-result.ts'

/** Different ones for each test: a store may outlive one. */
let made = 0

/** A source of some bytes, and its name. */
export function newSource(length = 1000) {
  const bytes = Buffer.alloc(length, `source ${made++} of ${process.pid}, `)
  return { sha256: sha256Of(bytes), source: { bytes, format: 'png' as const } }
}

/** Tests the store that the function gives; it may be the same one each time. */
export function describeSourceStore(name: string, store: () => SourceStore): void {
  describe(`${name} as a source store`, () => {
    it.each([1, 1000, 5_000_000])('gives back %i bytes as they were put', async (length) => {
      const { sha256, source } = newSource(length)
      await store().put(sha256, source)
      const found = await store().get(sha256)
      expect(found?.bytes.equals(source.bytes)).toBe(true)
    })

    it.each(SOURCE_FORMATS)('knows the size and the format of a kept %s', async (format) => {
      const { sha256, source } = newSource(1234)
      await store().put(sha256, { ...source, format })
      expect(await store().has(sha256)).toEqual({ size: 1234, format })
      expect((await store().get(sha256))?.format).toBe(format)
    })

    it('answers a miss with a value', async () => {
      const { sha256 } = newSource()
      expect(await store().get(sha256)).toBeUndefined()
      expect(await store().has(sha256)).toBeUndefined()
      expect(await store().delete(sha256)).toBe(false)
    })

    it('has what was put, until it is deleted', async () => {
      const { sha256, source } = newSource()
      await store().put(sha256, source)
      expect(await store().delete(sha256)).toBe(true)
      expect(await store().has(sha256)).toBeUndefined()
      expect(await store().get(sha256)).toBeUndefined()
      expect(await store().delete(sha256)).toBe(false)
      await store().put(sha256, source)
      expect(await store().get(sha256)).toEqual(source)
    })

    it('is content with a source that is put twice, also at the same time', async () => {
      const { sha256, source } = newSource()
      await Promise.all([store().put(sha256, source), store().put(sha256, source)])
      await store().put(sha256, source)
      expect(await store().get(sha256)).toEqual(source)
    })

    it('keeps sources that are put at the same time apart', async () => {
      const all = Array.from({ length: 20 }, () => newSource())
      await Promise.all(all.map(({ sha256, source }) => store().put(sha256, source)))
      const found = await Promise.all(all.map(({ sha256 }) => store().get(sha256)))
      expect(found).toEqual(all.map(({ source }) => source))
    })
  })
}
