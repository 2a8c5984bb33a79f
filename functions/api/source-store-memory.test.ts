import { describe, expect, it } from 'vitest'
import { createMemorySourceStore } from './source-store-memory.ts'
import { describeSourceStore, newSource } from './test-source-store.ts'

const MIB = 1024 * 1024

const store = createMemorySourceStore(100 * MIB)
describeSourceStore('memory', () => store)

describe('createMemorySourceStore()', () => {
  it('forgets what was used least recently when the bytes are too many', async () => {
    const store = createMemorySourceStore(3.5 * MIB)
    const [a, b, c, d] = [newSource(MIB), newSource(MIB), newSource(MIB), newSource(MIB)]
    for (const { sha256, source } of [a, b, c]) await store.put(sha256, source)
    await store.put(a.sha256, a.source)
    await store.put(d.sha256, d.source)
    const kept = await Promise.all([a, b, c, d].map(({ sha256 }) => store.has(sha256)))
    expect(kept.map(Boolean)).toEqual([true, false, true, true])
  })

  it('does not keep a source that is larger than all of it, and loses no other for it', async () => {
    const store = createMemorySourceStore(MIB)
    const [small, large] = [newSource(1), newSource(MIB)]
    await store.put(small.sha256, small.source)
    await store.put(large.sha256, large.source)
    expect(await store.has(large.sha256)).toBeUndefined()
    expect(await store.has(small.sha256)).toMatchObject({ size: 1 })
  })

  it('keeps nothing in 0 bytes', async () => {
    const store = createMemorySourceStore(0)
    const { sha256, source } = newSource(1)
    await store.put(sha256, source)
    expect(await store.has(sha256)).toBeUndefined()
  })
})
