/** What every result store promises, whatever it keeps its results in. */
import { describe, expect, it } from 'vitest'
import type { ResultStore, ResultSummary, StoredResult } from './result-store.ts'
import { keyOf, newResult, resultOf, sha256Of } from './test-result.ts'

/** Tests the store that the function gives; it may be the same one each time. */
export function describeResultStore(name: string, store: () => ResultStore): void {
  describe(`${name} as a result store`, () => {
    it.each([0, 1, 5_000_000])('gives back %i bytes as they were put', async (length) => {
      const bytes = Buffer.alloc(length, 'any bytes but all the same')
      const { key, result } = newResult(bytes)
      await store().put(key, result)
      const found = await store().get(key)
      expect(found?.bytes.equals(bytes)).toBe(true)
    })

    it('gives back what a result says of itself, to the character', async () => {
      const headers = {
        'Content-Type': 'image/x-test; a="b, c"; d=(1  2)',
        'Image-Source': 'format="a \\"quoted\\" one", width=1',
        'Image-Result': 'shape=(1 28 28), note="two  spaces; a=b%20c+d"',
        'Image-Geometry': 'offset-x=-0.5, offset-y=";,()<>@[]?={}\'`|~!#$^&*"',
      }
      const result = { ...resultOf('x'), headers, options: 'mean=0.1,0.2,0.3&alpha=%23ff8000' }
      const key = keyOf(result)
      await store().put(key, result)
      expect(await store().get(key)).toEqual(result)
    })

    it('answers a miss with a value', async () => {
      const { key, result } = newResult('x')
      expect(await store().get(key)).toBeUndefined()
      expect(await store().has(key)).toBeUndefined()
      expect(await store().delete(key)).toBe(false)
      expect(await store().deleteOfSource(result.sourceSha256)).toBe(0)
    })

    it('has what was put, until it is deleted', async () => {
      const { key, result } = newResult('x')
      await store().put(key, result)
      expect(await store().has(key)).toEqual(summaryOf(result))
      expect(await store().delete(key)).toBe(true)
      expect(await store().has(key)).toBeUndefined()
      expect(await store().get(key)).toBeUndefined()
      await store().put(key, { ...result, bytes: Buffer.from('y') })
      expect((await store().get(key))?.bytes.toString()).toBe('y')
    })

    it('keeps one whole result of two that are put under one key', async () => {
      const { key, result } = newResult('c')
      const results = ['a', 'b'].map((byte) => ({ ...result, bytes: Buffer.alloc(100_000, byte) }))
      await Promise.all(results.map((result) => store().put(key, result)))
      const found = await store().get(key)
      expect(results).toContainEqual(found)
      await store().put(key, result)
      const kept = await store().get(key)
      expect([found, result]).toContainEqual(kept)
      expect(await store().has(key)).toEqual(kept && summaryOf(kept))
    })

    it('keeps results that are put at the same time apart', async () => {
      const all = Array.from({ length: 40 }, (_, i) => newResult(`bytes of ${i}`))
      await Promise.all(all.map(({ key, result }) => store().put(key, result)))
      const found = await Promise.all(all.map(({ key }) => store().get(key)))
      expect(found).toEqual(all.map(({ result }) => result))
    })

    it('deletes all results of one source and no other', async () => {
      const one = `a source with three of ${process.pid}`
      const ofOne = [newResult('x', one), newResult('x', one), newResult('x', one)]
      const other = newResult('y')
      for (const { key, result } of [...ofOne, other]) await store().put(key, result)

      expect(await store().deleteOfSource(sha256Of(one))).toBe(3)
      for (const { key } of ofOne) expect(await store().get(key)).toBeUndefined()
      expect(await store().has(other.key)).toEqual(summaryOf(other.result))
      expect(await store().deleteOfSource(sha256Of(one))).toBe(0)
    })

    it('does not count a deleted result among those of its source', async () => {
      const source = `a source with two of ${process.pid}`
      const [one, other] = [newResult('x', source), newResult('x', source)]
      for (const { key, result } of [one, other]) await store().put(key, result)
      await store().delete(one.key)
      expect(await store().deleteOfSource(sha256Of(source))).toBe(1)
    })
  })
}

function summaryOf({ headers, bytes }: StoredResult): ResultSummary {
  return { headers, byteLength: bytes.length }
}
