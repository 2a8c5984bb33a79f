import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGuardedSourceStore, createGuardedStore } from './guarded-store.ts'
import type { ResultStore } from './result-store.ts'
import { createMemoryResultStore } from './result-store-memory.ts'
import { createMemorySourceStore } from './source-store-memory.ts'
import { ObjectError, StoreError } from './store-error.ts'
import { resultOf } from './test-result.ts'
import { describeResultStore } from './test-result-store.ts'
import { describeSourceStore, newSource } from './test-source-store.ts'

const RESULT = resultOf('x')

const healthy = createGuardedStore(createMemoryResultStore(2 ** 26), silent())
describeResultStore('a guarded store', () => healthy)

describe('createGuardedStore()', () => {
  // The time of the breaker is the clock's.
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }))
  afterEach(() => vi.useRealTimers())

  it('does not ask a store that failed five times in a row, for five seconds', async () => {
    const { get, guarded } = failingStore()
    for (let i = 0; i < 5; i++) await expect(guarded.get('a')).rejects.toThrow('no disk')
    for (let i = 0; i < 20; i++) {
      await expect(guarded.get('a')).rejects.toThrow(StoreError)
      await expect(guarded.has('a')).rejects.toThrow(StoreError)
    }
    expect(get).toHaveBeenCalledTimes(5)
    vi.advanceTimersByTime(4_999)
    await expect(guarded.get('a')).rejects.toThrow(StoreError)
    expect(get).toHaveBeenCalledTimes(5)
    vi.advanceTimersByTime(1)
    await expect(guarded.get('a')).rejects.toThrow('no disk')
    expect(get).toHaveBeenCalledTimes(6)
  })

  it('still asks a store that answers now and then', async () => {
    const { get, guarded } = failingStore()
    for (let i = 0; i < 20; i++) {
      if (i % 5 === 4) get.mockResolvedValueOnce(undefined)
      await guarded.get('a').catch(() => {})
    }
    expect(get).toHaveBeenCalledTimes(20)
  })

  it('says once that a store fails, with the cause, and once that it is back', async () => {
    const { get, guarded, log } = failingStore()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 10; i++) await guarded.get('a').catch(() => {})
      vi.advanceTimersByTime(5_000)
    }
    expect(log.error.mock.calls).toEqual([[{ err: FAILURE }, 'the store fails, reading']])
    expect(log.info).not.toHaveBeenCalled()

    get.mockResolvedValue(RESULT)
    for (let i = 0; i < 10; i++) expect(await guarded.get('a')).toBe(RESULT)
    expect(log.info.mock.calls).toEqual([[{}, 'the store is back, reading']])
    expect(log.error).toHaveBeenCalledTimes(1)
  })

  it('tries with one operation, for which no other waits', async () => {
    const { get, guarded } = failingStore()
    for (let i = 0; i < 5; i++) await guarded.get('a').catch(() => {})
    vi.advanceTimersByTime(5_000)
    const trial = Promise.withResolvers<undefined>()
    get.mockReturnValueOnce(trial.promise)
    const tried = guarded.get('a')
    await expect(guarded.get('b')).rejects.toThrow(StoreError)
    expect(get).toHaveBeenCalledTimes(6)
    trial.resolve(undefined)
    expect(await tried).toBeUndefined()
    get.mockResolvedValue(RESULT)
    expect(await guarded.get('b')).toBe(RESULT)
  })

  it('reads from a store that cannot be written to', async () => {
    const { get, put, guarded, log } = failingStore()
    get.mockResolvedValue(RESULT)
    for (let i = 0; i < 10; i++) {
      expect(await guarded.get('a')).toBe(RESULT)
      await expect(guarded.put('a', RESULT)).rejects.toThrow(StoreError)
    }
    expect(put).toHaveBeenCalledTimes(5)
    expect(log.error.mock.calls).toEqual([[{ err: FAILURE }, 'the store fails, writing']])
  })

  it('still asks a store that fails for one object alone, without a word', async () => {
    const { get, guarded, log } = failingStore()
    get.mockRejectedValue(new ObjectError('a bad block'))
    for (let i = 0; i < 10; i++) await expect(guarded.get('a')).rejects.toThrow(ObjectError)
    expect(get).toHaveBeenCalledTimes(10)
    expect(log.error).not.toHaveBeenCalled()
  })

  it('hands on a failure that is none of the store, and counts it as none', async () => {
    const { get, guarded } = failingStore()
    get.mockRejectedValue(new TypeError('a bug'))
    for (let i = 0; i < 10; i++) await expect(guarded.get('a')).rejects.toThrow(TypeError)
    expect(get).toHaveBeenCalledTimes(10)
  })
})

const FAILURE = new StoreError('read: no disk', undefined)

function failingStore() {
  const get = vi.fn<ResultStore['get']>().mockRejectedValue(FAILURE)
  const put = vi.fn<ResultStore['put']>().mockRejectedValue(FAILURE)
  const log = silent()
  const store = { ...createMemoryResultStore(1), get, put }
  return { get, put, log, guarded: createGuardedStore(store, log) }
}

function silent() {
  return { info: vi.fn(), error: vi.fn() }
}

describe('createGuardedSourceStore()', () => {
  const guarded = createGuardedSourceStore(createMemorySourceStore(2 ** 26), silent())
  describeSourceStore('a guarded store', () => guarded)

  it('still reads when writing failed five times in a row', async () => {
    const put = vi.fn(() => Promise.reject(new StoreError('put', new Error('disk full'))))
    const log = silent()
    const store = createGuardedSourceStore({ ...createMemorySourceStore(0), put }, log)
    const { sha256, source } = newSource()
    for (let i = 0; i < 7; i++) await expect(store.put(sha256, source)).rejects.toThrow(StoreError)
    expect(put).toHaveBeenCalledTimes(5)
    expect(await store.get(sha256)).toBeUndefined()
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      expect.anything(),
      'the store fails, writing sources',
    )
  })
})
