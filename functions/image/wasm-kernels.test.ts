import { describe, expect, it } from 'vitest'
import { startKernels } from './wasm-kernels.ts'

const MEGABYTE = 1024 * 1024

describe('startKernels()', () => {
  it('reserves pieces that do not overlap, with 64 bytes more between them', () => {
    const { reserve } = startKernels()
    const lengths = [1, 15, 16, 17, 1000, 0, 5]
    const addresses = lengths.map(reserve)
    for (const [i, address] of addresses.entries()) {
      expect(address % 16).toBe(0)
      const next = addresses[i + 1] ?? Number.POSITIVE_INFINITY
      expect(next - address).toBeGreaterThanOrEqual((lengths[i] ?? 0) + 64)
    }
  })

  it('leaves room before the first piece and behind the last', () => {
    const { reserve, bytes } = startKernels()
    expect(reserve(5)).toBeGreaterThanOrEqual(64)
    const last = reserve(3 * MEGABYTE)
    expect(bytes().length).toBeGreaterThanOrEqual(last + 3 * MEGABYTE + 64)
  })

  it('puts values where it says, in the order of bytes that WebAssembly has', () => {
    const { put, bytes } = startKernels()
    const numbers = put(Uint32Array.from([1, 0x01020304]))
    expect([...bytes().subarray(numbers, numbers + 8)]).toEqual([1, 0, 0, 0, 4, 3, 2, 1])
    const shorts = put(Int16Array.from([7, 8, -2]).subarray(1))
    expect([...bytes().subarray(shorts, shorts + 4)]).toEqual([8, 0, 0xfe, 0xff])
  })

  it('keeps what was put while its memory grows', () => {
    const { put, reserve, bytes } = startKernels()
    const before = put(Int16Array.from([3, 4]))
    reserve(8 * MEGABYTE)
    expect([...bytes().subarray(before, before + 4)]).toEqual([3, 0, 4, 0])
  })

  it('uses the same memory again for the next image', () => {
    const first = startKernels()
    const address = first.reserve(MEGABYTE)
    const second = startKernels()
    expect(second.kernels).toBe(first.kernels)
    expect(second.reserve(MEGABYTE)).toBe(address)
  })

  it('gives back what one large image needed', () => {
    const large = startKernels()
    large.reserve(40 * MEGABYTE)
    expect(large.bytes().length).toBeGreaterThan(40 * MEGABYTE)
    const next = startKernels()
    expect(next.kernels).not.toBe(large.kernels)
    expect(next.bytes().length).toBeLessThan(MEGABYTE)
  })
})
