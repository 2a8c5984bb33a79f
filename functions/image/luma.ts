import type { Pixels } from './pixels.ts'
import { startKernels } from './wasm-kernels.ts'

/** A part that stays in the cache of a core. */
const PIXELS_AT_ONCE = 16 * 1024

/**
 * One channel of Rec.601 luma from RGB: (19595 R + 38470 G + 7471 B + 2^15) >> 16 on gamma-encoded
 * values, the integer formula of Pillow's `convert('L')`. Equal channels keep their value.
 */
export function luma({ data, width, height }: Pixels): Pixels {
  const pixels = width * height
  const { kernels, reserve, bytes } = startKernels()
  const rgb = reserve(PIXELS_AT_ONCE * 3)
  const gray = reserve(PIXELS_AT_ONCE)
  const memory = bytes()
  const result = new Uint8Array(pixels)
  for (let done = 0; done < pixels; done += PIXELS_AT_ONCE) {
    const count = Math.min(PIXELS_AT_ONCE, pixels - done)
    memory.set(data.subarray(done * 3, (done + count) * 3), rgb)
    kernels.luma(rgb, gray, count)
    result.set(memory.subarray(gray, gray + count), done)
  }
  return { data: result, width, height, channels: 1 }
}
