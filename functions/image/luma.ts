import type { Pixels } from './decode.ts'

/**
 * One channel of Rec.601 luma from RGB: (19595 R + 38470 G + 7471 B + 2^15) >> 16 on gamma-encoded
 * values, the integer formula of Pillow's `convert('L')`. Equal channels keep their value.
 *
 * Works in place, as the luma of a pixel lies at or before the pixel: the RGB is gone afterwards.
 */
export function luma({ data, width, height }: Pixels): Pixels {
  const count = width * height
  // A plain view: indexing a Buffer is slower.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  for (let at = 0, rgb = 0; at < count; at++, rgb += 3) {
    const [red, green, blue] = [bytes[rgb] ?? 0, bytes[rgb + 1] ?? 0, bytes[rgb + 2] ?? 0]
    bytes[at] = (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16
  }
  return { data: bytes.subarray(0, count), width, height, channels: 1 }
}
