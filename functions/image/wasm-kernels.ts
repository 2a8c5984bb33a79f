import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The inner loops of kernels/kernels.ts, which says what each does. Addresses are in bytes. */
export type Kernels = {
  memory: WebAssembly.Memory
  luma: (from: number, to: number, pixels: number) => void
  down: (
    rows: number,
    stride: number,
    rowBytes: number,
    taps: number,
    high: number,
    low: number,
    to: number,
  ) => void
  acrossGray: Across
  acrossRgb: Across
}

type Across = (
  rows: number,
  stride: number,
  width: number,
  taps: number,
  starts: number,
  high: number,
  low: number,
  to: number,
  toStride: number,
) => void

/** How far beyond its end a kernel may read or write. */
const SLACK_BYTES = 64

/** Loads of 16 bytes are fastest at such addresses. */
const ALIGNMENT = 16

const PAGE_BYTES = 65_536

/**
 * Memory of WebAssembly never shrinks. Photographs need less than this; what one strange image needed
 * beyond it is given back.
 */
const KEPT_BYTES = 32 * 1024 * 1024

const module = new WebAssembly.Module(
  readFileSync(join(import.meta.dirname, 'kernels', 'kernels.wasm')),
)
let kept: Kernels | undefined

/** Kernels and their memory, for one image: what is reserved is at hand until the next image. */
export type KernelMemory = {
  kernels: Kernels
  /** The address of so many bytes, and some more. */
  reserve: (byteLength: number) => number
  /** The address of a copy of the values. */
  put: (values: Uint32Array | Int16Array) => number
  /** All of the memory as it is now: to be asked for again after a `reserve`. */
  bytes: () => Uint8Array
}

/** Starts with an empty memory. One at a time in a thread: the last one's addresses are used again. */
export function startKernels(): KernelMemory {
  kept ??= instantiate()
  const kernels = kept
  const bytes = () => new Uint8Array(kernels.memory.buffer)
  let end = SLACK_BYTES

  const reserve = (byteLength: number) => {
    const address = end
    end += Math.ceil((byteLength + SLACK_BYTES) / ALIGNMENT) * ALIGNMENT
    const missing = end - kernels.memory.buffer.byteLength
    if (missing > 0) kernels.memory.grow(Math.ceil(missing / PAGE_BYTES))
    if (kernels.memory.buffer.byteLength > KEPT_BYTES) kept = undefined
    return address
  }

  return {
    kernels,
    reserve,
    put(values) {
      const address = reserve(values.byteLength)
      bytes().set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), address)
      return address
    },
    bytes,
  }
}

function instantiate(): Kernels {
  return new WebAssembly.Instance(module).exports as Kernels
}
