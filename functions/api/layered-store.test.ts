import { describe, expect, it, vi } from 'vitest'
import { createLayeredStore } from './layered-store.ts'
import type { ResultStore } from './result-store.ts'
import { createMemoryResultStore } from './result-store-memory.ts'
import { StoreError } from './store-error.ts'
import { resultOf } from './test-result.ts'
import { describeResultStore } from './test-result-store.ts'

const RESULT = resultOf('x')
const RESULT_SUMMARY = { headers: RESULT.headers, byteLength: RESULT.bytes.length }

const layered = createLayeredStore(
  createMemoryResultStore(2 ** 26),
  createMemoryResultStore(2 ** 26),
)
describeResultStore('a layered store', () => layered)
// A front that keeps nothing hides nothing.
const bare = createLayeredStore(createMemoryResultStore(0), createMemoryResultStore(2 ** 26))
describeResultStore('a layered store without room in front', () => bare)

describe('createLayeredStore()', () => {
  it('asks behind once for what it then has in front', async () => {
    const { store, front, back } = layers()
    await back.put('a', RESULT)
    const get = vi.spyOn(back, 'get')
    for (let i = 0; i < 3; i++) expect(await store.get('a')).toEqual(RESULT)
    expect(get).toHaveBeenCalledTimes(1)
    expect(await front.has('a')).toEqual(RESULT_SUMMARY)
  })

  it('puts both in front and behind', async () => {
    const { store, front, back } = layers()
    await store.put('a', RESULT)
    expect([await front.has('a'), await back.has('a')]).toEqual([RESULT_SUMMARY, RESULT_SUMMARY])
  })

  it('deletes both in front and behind', async () => {
    const { store, front, back } = layers()
    await store.put('a', RESULT)
    await store.put('b', RESULT)
    expect(await store.delete('a')).toBe(true)
    expect(await store.deleteOfSource(RESULT.sourceSha256)).toBe(1)
    for (const key of ['a', 'b']) {
      expect([await front.has(key), await back.has(key)]).toEqual([undefined, undefined])
    }
  })

  it('answers what is in front while the store behind fails, and says that it does otherwise', async () => {
    const front = createMemoryResultStore(2 ** 20)
    const store = createLayeredStore(front, failing())
    await expect(store.put('a', RESULT)).rejects.toThrow(StoreError)
    expect(await store.get('a')).toEqual(RESULT)
    expect(await store.has('a')).toEqual(RESULT_SUMMARY)
    await expect(store.get('b')).rejects.toThrow(StoreError)
    await expect(store.has('b')).rejects.toThrow(StoreError)
  })

  it.each([
    ['delete', (store: ResultStore) => store.delete('a')],
    ['deleteOfSource', (store: ResultStore) => store.deleteOfSource(RESULT.sourceSha256)],
  ])('%s does not answer from the front what it failed to delete behind', async (_, remove) => {
    const front = createMemoryResultStore(2 ** 20)
    await front.put('a', RESULT)
    await expect(remove(createLayeredStore(front, failing()))).rejects.toThrow(StoreError)
    expect(await front.has('a')).toBeUndefined()
  })

  it('does not remember what was deleted while it was being read', async () => {
    const { store, front, back } = layers()
    await back.put('a', RESULT)
    const reading = Promise.withResolvers<typeof RESULT>()
    vi.spyOn(back, 'get').mockReturnValueOnce(reading.promise)
    const got = store.get('a')
    await store.delete('a')
    reading.resolve(RESULT)
    expect(await got).toBe(RESULT)
    expect(await front.has('a')).toBeUndefined()
  })
})

function layers() {
  const front = createMemoryResultStore(2 ** 20)
  const back = createMemoryResultStore(2 ** 20)
  return { front, back, store: createLayeredStore(front, back) }
}

function failing(): ResultStore {
  const fail = async () => {
    throw new StoreError('answer', 'no disk')
  }
  return { get: fail, has: fail, put: fail, delete: fail, deleteOfSource: fail }
}
