import { describe, expect, it, vi } from 'vitest'
import { createMemoryResultStore } from './result-store-memory.ts'
import { createStoreWriter } from './store-writer.ts'
import { resultOf } from './test-result.ts'
import { createWriteBehindStore } from './write-behind-store.ts'

const RESULT = resultOf('the bytes')
const quiet = { info: () => {}, error: () => {} }

/** A store whose puts arrive when the test says so. */
function slowStore() {
  const mayArrive = Promise.withResolvers<void>()
  const behind = createMemoryResultStore(1_000_000)
  const slow = {
    ...behind,
    get: vi.fn(behind.get),
    async put(key: string, result: typeof RESULT) {
      await mayArrive.promise
      await behind.put(key, result)
    },
  }
  const writer = createStoreWriter(slow, 'result', quiet)
  return {
    behind,
    slow,
    writer,
    arrive: mayArrive.resolve,
    store: createWriteBehindStore(slow, writer),
  }
}

describe('createWriteBehindStore()', () => {
  it('has what is still being written, and what it says of itself', async () => {
    const { store, writer } = slowStore()
    writer.write('key', RESULT)
    expect(await store.get('key')).toBe(RESULT)
    expect(await store.has('key')).toEqual({ headers: RESULT.headers, byteLength: 9 })
    expect(await store.get('other')).toBeUndefined()
  })

  it.each(['delete', 'deleteOfSource'] as const)(
    'lets what is being written arrive before %s, so that it does not come afterwards',
    async (operation) => {
      const { store, behind, writer, arrive } = slowStore()
      writer.write('key', RESULT)
      const deleted = store[operation](operation === 'delete' ? 'key' : RESULT.sourceSha256)
      arrive()
      expect(Number(await deleted)).toBe(1)
      await writer.drain(10_000)
      expect(await behind.get('key')).toBeUndefined()
      expect(await store.get('key')).toBeUndefined()
    },
  )

  it('looks once for all who ask at the same time, and again later', async () => {
    const { store, slow } = slowStore()
    await Promise.all([1, 2, 3].map(() => store.get('key')))
    expect(slow.get).toHaveBeenCalledOnce()
    await store.get('key')
    expect(slow.get).toHaveBeenCalledTimes(2)
  })
})
