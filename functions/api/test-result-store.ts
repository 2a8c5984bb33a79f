/** What every result store promises, whatever it keeps its results in. */
import { describe, expect, it } from 'vitest'
import type { ResultStore } from './result-store.ts'
import { resultOf, sha256Of } from './test-result.ts'

/** Different ones for each test: a store may outlive one. */
let named = 0
const newName = () => sha256Of(`name ${named++} of ${process.pid}`)

/** Tests the store that the function gives; it may be the same one each time. */
export function describeResultStore(name: string, store: () => ResultStore): void {
  describe(`${name} as a result store`, () => {
    it.each([0, 1, 5_000_000])('gives back %i bytes as they were put', async (length) => {
      const bytes = Buffer.alloc(length, 'any bytes but all the same')
      const key = newName()
      await store().put(key, resultOf(bytes))
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
      const key = newName()
      const result = { ...resultOf('x'), headers, options: 'mean=0.1,0.2,0.3&alpha=%23ff8000' }
      await store().put(key, result)
      expect(await store().get(key)).toEqual(result)
    })

    it('answers a miss with a value', async () => {
      const key = newName()
      expect(await store().get(key)).toBeUndefined()
      expect(await store().has(key)).toBeUndefined()
      expect(await store().delete(key)).toBe(false)
      expect(await store().deleteOfSource(newName())).toBe(0)
    })

    it('has what was put, until it is deleted', async () => {
      const key = newName()
      await store().put(key, resultOf('x'))
      expect(await store().has(key)).toBeDefined()
      expect(await store().delete(key)).toBe(true)
      expect(await store().has(key)).toBeUndefined()
      expect(await store().get(key)).toBeUndefined()
      await store().put(key, resultOf('y'))
      expect((await store().get(key))?.bytes.toString()).toBe('y')
    })

    it('keeps one whole result of two that are put under one key', async () => {
      const key = newName()
      const results = [resultOf(Buffer.alloc(100_000, 'a')), resultOf(Buffer.alloc(100_000, 'b'))]
      await Promise.all(results.map((result) => store().put(key, result)))
      const found = await store().get(key)
      expect(results).toContainEqual(found)
      await store().put(key, resultOf('c'))
      expect(await store().has(key)).toBeDefined()
    })

    it('keeps results that are put at the same time apart', async () => {
      const keys = Array.from({ length: 40 }, newName)
      await Promise.all(keys.map((key) => store().put(key, resultOf(`bytes of ${key}`))))
      const found = await Promise.all(keys.map((key) => store().get(key)))
      expect(found.map((result) => result?.bytes.toString())).toEqual(
        keys.map((key) => `bytes of ${key}`),
      )
    })

    it('deletes all results of one source and no other', async () => {
      const [one, other] = [newName(), newName()]
      const keysOfOne = [newName(), newName(), newName()]
      const keyOfOther = newName()
      for (const key of keysOfOne) await store().put(key, { ...resultOf('x'), sourceSha256: one })
      await store().put(keyOfOther, { ...resultOf('y'), sourceSha256: other })

      expect(await store().deleteOfSource(one)).toBe(3)
      for (const key of keysOfOne) expect(await store().get(key)).toBeUndefined()
      expect(await store().has(keyOfOther)).toBeDefined()
      expect(await store().deleteOfSource(one)).toBe(0)
    })

    it('does not count a deleted result among those of its source', async () => {
      const source = newName()
      const keys = [newName(), newName()]
      for (const key of keys) await store().put(key, { ...resultOf('x'), sourceSha256: source })
      await store().delete(keys[0] ?? '')
      expect(await store().deleteOfSource(source)).toBe(1)
    })
  })
}
