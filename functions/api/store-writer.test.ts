import { describe, expect, it, vi } from 'vitest'
import type { ResultStore } from './result-store.ts'
import { createMemoryResultStore } from './result-store-memory.ts'
import { STORE_DRAIN_TIMEOUT_MS } from './results.ts'
import { ObjectError, StoreError } from './store-error.ts'
import { createStoreWriter } from './store-writer.ts'
import { resultOf } from './test-result.ts'

const MEGABYTE = 1024 * 1024

/** A store whose puts end when the test says so. */
function slowStore() {
  const puts: PromiseWithResolvers<void>[] = []
  const store: ResultStore = {
    ...createMemoryResultStore(MEGABYTE),
    put() {
      const put = Promise.withResolvers<void>()
      puts.push(put)
      return put.promise
    },
  }
  return { store, puts }
}

function logger() {
  return { info: vi.fn(), error: vi.fn() }
}

describe('createStoreWriter()', () => {
  it('has a result at hand while it is being written', async () => {
    const { store, puts } = slowStore()
    const writer = createStoreWriter(store, 'result', logger())
    const result = resultOf('bytes')
    expect(writer.write('key', result)).toBe(true)
    expect(writer.pending('key')).toBe(result)
    puts[0]?.resolve()
    await writer.drain(10_000)
    expect(writer.pending('key')).toBeUndefined()
  })

  it('writes once what is written twice at the same time', () => {
    const { store, puts } = slowStore()
    const writer = createStoreWriter(store, 'result', logger())
    expect(writer.write('key', resultOf('bytes'))).toBe(true)
    expect(writer.write('key', resultOf('bytes'))).toBe(true)
    expect(puts).toHaveLength(1)
  })

  it('lets no slow store fill the memory: beyond 64 MB in wait nothing is stored, and it says so', () => {
    const { store } = slowStore()
    const log = logger()
    const writer = createStoreWriter(store, 'result', log)
    const half = Buffer.alloc(32 * MEGABYTE)
    expect([1, 2, 3].map((key) => writer.write(`${key}`, resultOf(half)))).toEqual([
      true,
      true,
      false,
    ])
    expect(log.info).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ key: '3' }),
      expect.stringContaining('too many wait'),
    )
  })

  it('has room again after a write that failed', async () => {
    const { store, puts } = slowStore()
    const log = logger()
    const writer = createStoreWriter(store, 'result', log)
    writer.write('1', resultOf(Buffer.alloc(64 * MEGABYTE)))
    puts[0]?.reject(new Error('disk full'))
    await writer.drain(10_000)
    expect(log.error).toHaveBeenCalledWith(
      { err: new Error('disk full'), key: '1' },
      'a result was not stored',
    )
    writer.write('2', resultOf(Buffer.alloc(64 * MEGABYTE)))
    expect(puts).toHaveLength(2)
  })

  it('leaves it to the guard of a store to say that it fails', async () => {
    const { store, puts } = slowStore()
    const log = logger()
    const writer = createStoreWriter(store, 'result', log)
    writer.write('1', resultOf('bytes'))
    puts[0]?.reject(new StoreError('put', new Error('connection refused')))
    await writer.drain(10_000)
    expect([log.info, log.error].map((write) => write.mock.calls)).toEqual([[], []])
  })

  it('promises nothing for what is refused alone, and other things as ever', async () => {
    const { store, puts } = slowStore()
    const writer = createStoreWriter(store, 'result', logger())
    const end = async (how: 'resolve' | 'reject') => {
      puts.at(-1)?.[how](new ObjectError('a bad block') as never)
      await writer.drain(10_000)
    }
    expect(writer.write('1', resultOf('bytes'))).toBe(true)
    await end('reject')
    expect(writer.write('2', resultOf('bytes'))).toBe(true)
    await end('resolve')
    expect(writer.write('1', resultOf('bytes'))).toBe(false)
    await end('resolve')
    expect(writer.write('1', resultOf('bytes'))).toBe(true)
    await end('resolve')
  })

  it('promises nothing while writes fail, and again once one has arrived', async () => {
    const { store, puts } = slowStore()
    const writer = createStoreWriter(store, 'result', logger())
    const end = async (how: 'resolve' | 'reject') => {
      puts.at(-1)?.[how](new StoreError('put', 'read only') as never)
      await writer.drain(10_000)
    }
    expect(writer.write('1', resultOf('bytes'))).toBe(true)
    await end('reject')
    expect(writer.write('2', resultOf('bytes'))).toBe(false)
    await end('resolve')
    expect(writer.write('3', resultOf('bytes'))).toBe(true)
    await end('resolve')
  })

  it('settles one key when its write has ended, whether or not it was stored', async () => {
    const { store, puts } = slowStore()
    const writer = createStoreWriter(store, 'result', logger())
    const second = resultOf('bytes')
    writer.write('1', resultOf('bytes'))
    writer.write('2', second)
    puts[0]?.reject(new Error('disk full'))
    await writer.settled((key) => key === '1')
    expect(writer.pending('1')).toBeUndefined()
    expect(writer.pending('2')).toBe(second)
    await writer.settled((key) => key === '3')
  })

  it('waits for what the store writes, but not for ever', async () => {
    const { store } = slowStore()
    const writer = createStoreWriter(store, 'result', logger())
    const result = resultOf('bytes')
    writer.write('key', result)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const drained = vi.fn()
    void writer.drain(STORE_DRAIN_TIMEOUT_MS).then(drained)
    await vi.advanceTimersByTimeAsync(STORE_DRAIN_TIMEOUT_MS - 1)
    expect(drained).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(drained).toHaveBeenCalled()
    expect(writer.pending('key')).toBe(result)
    vi.useRealTimers()
  })
})
