import { describe, expect, it, vi } from 'vitest'
import { createHeldBytes } from '../runtime/held-bytes.ts'
import { createObtainResult, type MadeResult } from './obtain-result.ts'
import type { ResultStore } from './result-store.ts'
import { createMemoryResultStore } from './result-store-memory.ts'
import { StoreError } from './store-error.ts'
import { createStoreWriter } from './store-writer.ts'
import { resultOf } from './test-result.ts'
import { createWriteBehindStore } from './write-behind-store.ts'

const { signal } = new AbortController()
const held = createHeldBytes(0).admit(0)
const log = { info: () => {}, error: () => {} }

const made = (text: string): MadeResult => ({
  result: resultOf(text),
  serverTiming: 'process;dur=5.0',
})

function over(store: ResultStore) {
  const writer = createStoreWriter(store, 'result', log)
  return createObtainResult(createWriteBehindStore(store, writer), writer)
}

function failing(): ResultStore {
  const fail = (operation: string) => async () => {
    throw new StoreError(operation, new Error('connection refused'))
  }
  return {
    get: fail('get'),
    has: fail('has'),
    put: fail('put'),
    delete: fail('delete'),
    deleteOfSource: fail('delete'),
  }
}

describe('createObtainResult()', () => {
  it('makes a result the first time and has it the second', async () => {
    const { obtain } = over(createMemoryResultStore(1_000_000))
    const work = vi.fn(async () => made('bytes'))
    expect(await obtain('key', signal, held, work)).toEqual({
      ...made('bytes'),
      cacheStatus: 'image-api; fwd=miss; stored',
    })
    expect(await obtain('key', signal, held, work)).toEqual({
      result: resultOf('bytes'),
      cacheStatus: 'image-api; hit',
    })
    expect(work).toHaveBeenCalledOnce()
  })

  it('has a result that is still being written', async () => {
    const put = Promise.withResolvers<void>()
    const { obtain } = over({ ...createMemoryResultStore(1_000_000), put: () => put.promise })
    const work = vi.fn(async () => made('bytes'))
    await obtain('key', signal, held, work)
    expect((await obtain('key', signal, held, work)).cacheStatus).toBe('image-api; hit')
    expect(work).toHaveBeenCalledOnce()
    put.resolve()
  })

  it('lets those who ask meanwhile join', async () => {
    const { obtain } = over(createMemoryResultStore(1_000_000))
    const work = vi.fn(async () => made('bytes'))
    const asked = await Promise.all([1, 2, 3].map(() => obtain('key', signal, held, work)))
    expect(asked.map(({ cacheStatus }) => cacheStatus)).toEqual([
      'image-api; fwd=miss; stored',
      'image-api; fwd=miss; collapsed',
      'image-api; fwd=miss; collapsed',
    ])
    for (const { result } of asked) expect(result).toEqual(resultOf('bytes'))
    expect(work).toHaveBeenCalledOnce()
  })

  it('finds what is stored or being made, with one look-up for all who ask meanwhile', async () => {
    const store = createMemoryResultStore(1_000_000)
    const get = vi.spyOn(store, 'get')
    const { find, obtain } = over(store)
    const findThrice = () => Promise.all([1, 2, 3].map(() => find('key', signal, held)))
    expect(await findThrice()).toEqual([undefined, undefined, undefined])
    expect(get).toHaveBeenCalledTimes(1)

    const work = Promise.withResolvers<MadeResult>()
    const first = obtain('key', signal, held, () => work.promise)
    const others = findThrice()
    work.resolve(made('bytes'))
    await first
    const joined = { result: resultOf('bytes'), cacheStatus: 'image-api; fwd=miss; collapsed' }
    expect(await others).toEqual([joined, joined, joined])

    const hit = { result: resultOf('bytes'), cacheStatus: 'image-api; hit' }
    expect(await findThrice()).toEqual([hit, hit, hit])
    expect(await over(failing()).find('key', signal, held)).toBeUndefined()
  })

  it('holds what the work needs until it ends, also when who began it has left', async () => {
    const heldBytes = createHeldBytes(100_000)
    const source = heldBytes.admit(0).open()
    source.grow(80_000)
    const { obtain } = createObtainResult(undefined, undefined)
    const work = Promise.withResolvers<MadeResult>()
    const client = new AbortController()
    const first = obtain('key', client.signal, source, () => work.promise)
    const second = obtain('key', signal, held, () => work.promise)
    client.abort(new Error('left'))
    await expect(first).rejects.toThrow('left')
    source.release()
    expect(() => heldBytes.admit(0)).toThrow('overloaded')
    work.resolve(made('bytes'))
    await second
    expect(() => heldBytes.admit(0)).not.toThrow()
  })

  it('answers as if there were no store when it fails', async () => {
    const { obtain } = over(failing())
    const status = (await obtain('key', signal, held, async () => made('bytes'))).cacheStatus
    expect(status).toBe('image-api; fwd=miss; detail=store-unavailable')
  })

  it('works without a store', async () => {
    const { obtain } = createObtainResult(undefined, undefined)
    const { cacheStatus, result } = await obtain('key', signal, held, async () => made('bytes'))
    expect(cacheStatus).toBe('image-api; fwd=miss')
    expect(result).toEqual(resultOf('bytes'))
  })

  it('keeps no failure of the work', async () => {
    const { obtain } = over(createMemoryResultStore(1_000_000))
    const failure = obtain('key', signal, held, () => Promise.reject(new Error('undecodable')))
    await expect(failure).rejects.toThrow('undecodable')
    expect((await obtain('key', signal, held, async () => made('x'))).cacheStatus).toContain(
      'stored',
    )
  })

  it('does not hide a bug of the store', async () => {
    const broken = {
      ...createMemoryResultStore(1),
      get: () => Promise.reject(new TypeError('bug')),
    }
    await expect(over(broken).obtain('key', signal, held, async () => made('x'))).rejects.toThrow(
      'bug',
    )
  })
})
