import { describe, expect, it } from 'vitest'
import { createUrlMemory, type KnownUrl } from './url-memory.ts'

function known(etag = '"1"'): KnownUrl {
  return {
    description: { sha256: 'f'.repeat(64), format: 'png', header: undefined },
    validators: { etag },
    finalUrl: 'f'.repeat(64),
    freshUntilMs: 0,
  }
}

const urlOf = (i: number) => new URL(`https://example.org/${i}?${'x'.repeat(5000)}`)

describe('createUrlMemory()', () => {
  it('tells URLs apart by all that is in them', () => {
    const memory = createUrlMemory()
    const entry = known()
    memory.set(new URL('https://example.org/a?b'), entry)
    expect(memory.get(new URL('https://EXAMPLE.org:443/a?b'))).toBe(entry)
    for (const other of [
      'http://example.org/a?b',
      'https://example.org/a?c',
      'https://example.org/A?b',
    ]) {
      expect(memory.get(new URL(other))).toBeUndefined()
    }
  })

  it('forgets', () => {
    const memory = createUrlMemory()
    memory.set(urlOf(1), known())
    memory.delete(urlOf(1))
    expect(memory.get(urlOf(1))).toBeUndefined()
  })

  it('is bounded, however many URLs strangers send and however long their tags are', () => {
    const memory = createUrlMemory()
    for (let i = 0; i < 20_000; i++) memory.set(urlOf(i), known('x'.repeat(512)))
    const kept = Array.from({ length: 20_000 }, (_, i) => memory.get(urlOf(i))).filter(Boolean)
    expect(kept.length).toBeGreaterThan(5000)
    expect(kept.length).toBeLessThan(10_000)
    expect(memory.get(urlOf(19_999))).toEqual(known('x'.repeat(512)))
  })
})
