import { afterEach, describe, expect, it, vi } from 'vitest'
import { createMemoryResultStore } from './result-store-memory.ts'
import { resultOf } from './test-result.ts'
import { describeResultStore } from './test-result-store.ts'

const MIB = 1024 * 1024

const store = createMemoryResultStore(100 * MIB)
describeResultStore('memory', () => store)

describe('createMemoryResultStore()', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('forgets what was used least recently instead of filling the memory with results', async () => {
    const store = createMemoryResultStore(3.5 * MIB)
    for (const key of ['a', 'b', 'c']) await store.put(key, resultOf(Buffer.alloc(MIB)))
    await store.get('a')
    await store.put('d', resultOf(Buffer.alloc(MIB)))
    const kept = await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.has(key)))
    expect(kept.map(Boolean)).toEqual([true, false, true, true])
  })

  it('does not keep a result that is larger than all of it, and loses no other for it', async () => {
    const store = createMemoryResultStore(MIB)
    await store.put('small', resultOf('x'))
    await store.put('large', resultOf(Buffer.alloc(MIB)))
    expect(await store.has('large')).toBeUndefined()
    expect(await store.has('small')).toMatchObject({ byteLength: 1 })
    expect(await store.deleteOfSource(resultOf('x').sourceSha256)).toBe(1)
  })

  it('keeps nothing in 0 bytes', async () => {
    const store = createMemoryResultStore(0)
    await store.put('a', resultOf(''))
    expect(await store.has('a')).toBeUndefined()
  })

  it('counts only what is still there among the results of a source', async () => {
    const store = createMemoryResultStore(2.5 * MIB)
    for (const key of ['a', 'b', 'c', 'c']) await store.put(key, resultOf(Buffer.alloc(MIB)))
    expect(await store.deleteOfSource(resultOf('').sourceSha256)).toBe(2)
  })

  it('keeps nothing for longer than its life, however often it is used', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now: 1 })
    vi.spyOn(performance, 'now').mockImplementation(Date.now)
    const [store, forEver] = [createMemoryResultStore(MIB, 1000), createMemoryResultStore(MIB)]
    const { sourceSha256 } = resultOf('x')
    for (const key of ['a', 'b', 'c', 'd']) {
      await store.put(key, resultOf('x'))
      await forEver.put(key, resultOf('x'))
    }
    for (let i = 0; i < 10; i++) {
      vi.advanceTimersByTime(100)
      expect(await store.get('a')).toEqual(resultOf('x'))
    }
    vi.advanceTimersByTime(1)
    expect(await store.get('a')).toBeUndefined()
    expect(await store.has('b')).toBeUndefined()
    expect(await store.delete('c')).toBe(false)
    expect(await store.deleteOfSource(sourceSha256)).toBe(0)
    await store.put('a', resultOf('x'))
    expect(await store.get('a')).toEqual(resultOf('x'))

    vi.advanceTimersByTime(10 ** 9)
    expect(await forEver.get('a')).toEqual(resultOf('x'))
    expect(await forEver.deleteOfSource(sourceSha256)).toBe(4)
  })

  it('counts what an entry takes beside its bytes', async () => {
    const store = createMemoryResultStore(MIB)
    for (let i = 0; i < 10_000; i++) await store.put(`${i}`, resultOf('', `source ${i}`))
    const kept = await Promise.all(Array.from({ length: 10_000 }, (_, i) => store.has(`${i}`)))
    const count = kept.filter(Boolean).length
    expect(count).toBeGreaterThan(MIB / 2000)
    expect(count).toBeLessThan(MIB / 1000)
  })

  it('keeps small results without the slab that they were cut from', async () => {
    const store = createMemoryResultStore(MIB)
    const bytes = Buffer.concat([Buffer.from('small')])
    expect(bytes.buffer.byteLength).toBeGreaterThan(bytes.length)
    await store.put('a', { ...resultOf(''), bytes })
    const kept = (await store.get('a'))?.bytes
    expect(kept?.toString()).toBe('small')
    expect(kept?.buffer.byteLength).toBe(5)
  })
})
