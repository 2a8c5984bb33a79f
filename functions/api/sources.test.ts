import { describe, expect, it, vi } from 'vitest'
import { createMemorySourceStore } from './source-store-memory.ts'
import { createSources } from './sources.ts'
import { newSource } from './test-source-store.ts'

const log = { info: vi.fn(), error: vi.fn() }

/** Sources of which each put waits until the test lets it. */
function slowSources() {
  const mayPut = Promise.withResolvers<void>()
  const store = createMemorySourceStore(1_000_000)
  const sources = createSources(
    {
      ...store,
      async put(sha256, source) {
        await mayPut.promise
        await store.put(sha256, source)
      },
    },
    log,
  )
  return { store, sources, mayPut }
}

/** A body that came in two parts. */
function bodyOf(bytes: Buffer) {
  return { chunks: [bytes.subarray(0, 10), bytes.subarray(10)], byteLength: bytes.length }
}

describe('createSources()', () => {
  it('has a source while it is being written, and after', async () => {
    const { sources, mayPut } = slowSources()
    const { sha256, source } = newSource()
    sources.keep({ sha256, body: bodyOf(source.bytes), format: 'png' })
    expect(await sources.has(sha256)).toEqual({ size: 1000, format: 'png' })
    expect(await sources.get(sha256)).toEqual(source)
    mayPut.resolve()
    await sources.drain(10_000)
    expect(await sources.has(sha256)).toEqual({ size: 1000, format: 'png' })
    expect(await sources.get(sha256)).toEqual(source)
  })

  it('drains what is being written', async () => {
    const { store, sources, mayPut } = slowSources()
    const { sha256, source } = newSource()
    sources.keep({ sha256, body: bodyOf(source.bytes), format: 'png' })
    const drained = sources.drain(10_000)
    expect(await store.has(sha256)).toBeUndefined()
    mayPut.resolve()
    await drained
    expect(await store.get(sha256)).toEqual(source)
  })

  it('deletes a source that is still being written', async () => {
    const { sources, mayPut } = slowSources()
    const { sha256, source } = newSource()
    sources.keep({ sha256, body: bodyOf(source.bytes), format: 'png' })
    const deleted = sources.delete(sha256)
    mayPut.resolve()
    expect(await deleted).toBe(true)
    expect(await sources.has(sha256)).toBeUndefined()
  })

  it('logs a source that was not stored', async () => {
    const { sources, mayPut } = slowSources()
    const { sha256, source } = newSource()
    sources.keep({ sha256, body: bodyOf(source.bytes), format: 'png' })
    mayPut.reject(new Error('disk full'))
    await sources.drain(10_000)
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { err: new Error('disk full'), key: sha256 },
      'a source was not stored',
    )
  })
})
