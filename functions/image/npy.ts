import type { ResolvedOptions } from '../contract/options.ts'
import { NPY_MAGIC } from '../contract/result-format.ts'
import type { Tensor } from './tensor.ts'

/** What numpy calls the types; `<` is little-endian. */
const DESCRIPTIONS = { uint8: '|u1', float32: '<f4', float16: '<f2' } as const

/** The numbers begin at a multiple of this, so that they can be mapped into memory. */
const ALIGNMENT = 64

/** A tensor as a file that `numpy.load` reads: NPY format, version 1.0. */
export function toNpy({ bytes, shape }: Tensor, dtype: ResolvedOptions['dtype']): Uint8Array {
  const header = npyHeader(shape, DESCRIPTIONS[dtype])
  const file = new Uint8Array(header.length + bytes.length)
  file.set(header)
  file.set(bytes, header.length)
  return file
}

function npyHeader(shape: number[], description: string): Buffer {
  const sides = `(${shape.join(', ')})`
  const literal = `{'descr': '${description}', 'fortran_order': False, 'shape': ${sides}, }`
  const prefixBytes = NPY_MAGIC.length + 2
  const unpadded = prefixBytes + literal.length + 1
  const length = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT
  const text = `${literal.padEnd(length - prefixBytes - 1)}\n`
  const prefix = Buffer.from(`${NPY_MAGIC}\0\0`, 'latin1')
  prefix.writeUInt16LE(text.length, NPY_MAGIC.length)
  return Buffer.concat([prefix, Buffer.from(text, 'latin1')])
}
