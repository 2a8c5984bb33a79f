import { describe, expect, it } from 'vitest'
import { toNpy } from './npy.ts'

/** The parts of a file of NPY format 1.0: what is fixed, the length of the header, the header, the data. */
function parts(file: Uint8Array) {
  const bytes = Buffer.from(file)
  const length = bytes.readUInt16LE(8)
  return {
    magic: bytes.toString('latin1', 0, 6),
    version: [bytes[6], bytes[7]],
    length,
    header: bytes.toString('latin1', 10, 10 + length),
    data: [...bytes.subarray(10 + length)],
  }
}

describe('toNpy()', () => {
  it('writes the layout of NPY format 1.0', () => {
    const file = toNpy({ bytes: Uint8Array.from([1, 2, 3, 4, 5, 6]), shape: [2, 3] }, 'uint8')
    const { magic, version, length, header, data } = parts(file)
    expect(magic).toBe('\x93NUMPY')
    expect(version).toEqual([1, 0])
    expect((10 + length) % 64).toBe(0)
    expect(header).toMatch(/^\{'descr': '\|u1', 'fortran_order': False, 'shape': \(2, 3\), \} *\n$/)
    expect(data).toEqual([1, 2, 3, 4, 5, 6])
  })

  it.each([
    ['uint8', '|u1'],
    ['float32', '<f4'],
    ['float16', '<f2'],
  ] as const)('calls %s %s', (dtype, description) => {
    const { header } = parts(toNpy({ bytes: new Uint8Array(24), shape: [1, 2, 3] }, dtype))
    expect(header).toContain(`'descr': '${description}'`)
  })

  it.each([
    [[1, 1], '(1, 1)'],
    [[768, 1024], '(768, 1024)'],
    [[3, 224, 224], '(3, 224, 224)'],
    [[65_535, 1, 3], '(65535, 1, 3)'],
    [[1, 65_535, 65_535], '(1, 65535, 65535)'],
  ])('writes the shape %j as a tuple of Python', (shape, tuple) => {
    const { header, length } = parts(toNpy({ bytes: new Uint8Array(1), shape }, 'float32'))
    expect(header).toContain(`'shape': ${tuple}, }`)
    expect(header.endsWith('\n')).toBe(true)
    expect((10 + length) % 64).toBe(0)
    expect(length).toBe(118)
  })

  it('leaves the tensor as it is, and copies only its own bytes', () => {
    const around = Uint8Array.from([9, 9, 1, 2, 3, 4, 9])
    const bytes = around.subarray(2, 6)
    expect(parts(toNpy({ bytes, shape: [2, 2] }, 'uint8')).data).toEqual([1, 2, 3, 4])
    expect([...around]).toEqual([9, 9, 1, 2, 3, 4, 9])
  })
})
