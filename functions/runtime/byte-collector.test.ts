import { describe, expect, it } from 'vitest'
import { createByteCollector } from './byte-collector.ts'

function collect(chunks: Buffer[]) {
  const collector = createByteCollector()
  for (const chunk of chunks) collector.add(chunk)
  return collector.toBody()
}

/** Bytes that differ, so that their order can be seen. */
function bytesOf(length: number, from = 0): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (from + i) % 251))
}

describe('createByteCollector()', () => {
  it('has nothing of nothing', () => {
    expect(collect([])).toEqual({ chunks: [], byteLength: 0 })
    expect(collect([Buffer.alloc(0)])).toEqual({ chunks: [], byteLength: 0 })
  })

  it('keeps the order of long and short chunks', () => {
    const parts = [5, 20_000, 1, 1, 16_384, 16_383, 16_383, 16_383, 16_383, 16_383, 3].map(
      (length, i) => bytesOf(length, i),
    )
    const { chunks, byteLength } = collect(parts)
    expect(Buffer.concat(chunks).equals(Buffer.concat(parts))).toBe(true)
    expect(byteLength).toBe(Buffer.concat(parts).length)
  })

  it('does not copy long chunks', () => {
    const long = bytesOf(16_384)
    expect(collect([long]).chunks[0]).toBe(long)
  })

  it('joins a million bytes that come one by one into a few chunks', () => {
    const whole = bytesOf(1_000_000)
    const { chunks } = collect(Array.from(whole, (_, i) => whole.subarray(i, i + 1)))
    expect(Buffer.concat(chunks).equals(whole)).toBe(true)
    expect(chunks).toHaveLength(Math.ceil(1_000_000 / 65_536))
  })
})
