/**
 * The inner loops of exact resampling, in AssemblyScript: WebAssembly with 128-bit SIMD. Everything
 * else (what is read when, coefficients, memory) is TypeScript; these only know addresses.
 *
 * A coefficient is an integer k, 2^22 for 1. A product of it and a level needs more than the 16 bits
 * of the fast dot product, so each is split into k = 2048 * high + low with 0 <= low < 2048, and the
 * two sums are put together at the end: exact, as everything stays within 32 bits.
 *
 * All of them read and write up to 64 bytes beyond what they are asked for.
 */

/** Levels times coefficients to levels: rounds at 2^22, clamps to 0..255. Four bytes in lanes 0 to 3. */
function toLevels(high: v128, low: v128): v128 {
  const sum = i32x4.add(i32x4.shl(high, 11), low)
  const rounded = i32x4.shr_s(i32x4.add(sum, i32x4.splat(1 << 21)), 22)
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(rounded, rounded), i16x8.splat(0))
}

/**
 * Rec.601 luma of RGB pixels, (19595 R + 38470 G + 7471 B + 2^15) >> 16. The weight of green has 17
 * bits with its sign, so 2^16 of it is added as a whole level after the shift.
 */
export function luma(from: usize, to: usize, pixels: i32): void {
  for (let done = 0; done < pixels; done += 16) {
    const a = lumaOf4(v128.load(from))
    const b = lumaOf4(v128.load(from, 12))
    const c = lumaOf4(v128.load(from, 24))
    const d = lumaOf4(v128.load(from, 36))
    const levels = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
    v128.store(to, levels)
    from += 48
    to += 16
  }
}

function lumaOf4(rgb: v128): v128 {
  // A lane of 16 bits takes a byte and a zero: what lies outside of the 16 bytes is 0.
  const redGreen = i8x16.swizzle(rgb, i8x16(0, 16, 1, 16, 3, 16, 4, 16, 6, 16, 7, 16, 9, 16, 10, 16))
  const blue = i8x16.swizzle(rgb, i8x16(2, 16, 16, 16, 5, 16, 16, 16, 8, 16, 16, 16, 11, 16, 16, 16))
  const green = i8x16.swizzle(rgb, i8x16(1, 16, 16, 16, 4, 16, 16, 16, 7, 16, 16, 16, 10, 16, 16, 16))
  const weighted = i32x4.add(
    i32x4.dot_i16x8_s(redGreen, i16x8(19595, -27066, 19595, -27066, 19595, -27066, 19595, -27066)),
    i32x4.dot_i16x8_s(blue, i16x8(7471, 0, 7471, 0, 7471, 0, 7471, 0)),
  )
  return i32x4.add(i32x4.shr_s(i32x4.add(weighted, i32x4.splat(0x8000)), 16), green)
}

/**
 * One row down: each byte of the result from the bytes below each other in `taps` rows (an even
 * number; a row beyond the window has a coefficient of 0). The coefficients stand in pairs of rows.
 */
export function down(
  rows: usize,
  stride: usize,
  rowBytes: i32,
  taps: i32,
  high: usize,
  low: usize,
  to: usize,
): void {
  for (let at = 0; at < rowBytes; at += 16) {
    let high0 = i32x4.splat(0)
    let high1 = i32x4.splat(0)
    let high2 = i32x4.splat(0)
    let high3 = i32x4.splat(0)
    let low0 = i32x4.splat(0)
    let low1 = i32x4.splat(0)
    let low2 = i32x4.splat(0)
    let low3 = i32x4.splat(0)
    let row = rows + at
    for (let tap = 0; tap < taps; tap += 2) {
      const upper = v128.load(row)
      const lower = v128.load(row + stride)
      const left = i8x16.shuffle(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
      const right = i8x16.shuffle(
        upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31,
      )
      const highs = v128.load32_splat(high + (tap << 1))
      const lows = v128.load32_splat(low + (tap << 1))
      const pairs0 = i16x8.extend_low_i8x16_u(left)
      const pairs1 = i16x8.extend_high_i8x16_u(left)
      const pairs2 = i16x8.extend_low_i8x16_u(right)
      const pairs3 = i16x8.extend_high_i8x16_u(right)
      high0 = i32x4.add(high0, i32x4.dot_i16x8_s(pairs0, highs))
      high1 = i32x4.add(high1, i32x4.dot_i16x8_s(pairs1, highs))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(pairs2, highs))
      high3 = i32x4.add(high3, i32x4.dot_i16x8_s(pairs3, highs))
      low0 = i32x4.add(low0, i32x4.dot_i16x8_s(pairs0, lows))
      low1 = i32x4.add(low1, i32x4.dot_i16x8_s(pairs1, lows))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(pairs2, lows))
      low3 = i32x4.add(low3, i32x4.dot_i16x8_s(pairs3, lows))
      row += stride << 1
    }
    v128.store32_lane(to + at, toLevels(high0, low0), 0)
    v128.store32_lane(to + at, toLevels(high1, low1), 0, 4)
    v128.store32_lane(to + at, toLevels(high2, low2), 0, 8)
    v128.store32_lane(to + at, toLevels(high3, low3), 0, 12)
  }
}

/**
 * Four rows across, of one channel: each byte of the result from `taps` neighbours (a multiple of 8)
 * that begin at `starts` of it.
 */
export function acrossGray(
  rows: usize,
  stride: usize,
  width: i32,
  taps: i32,
  starts: usize,
  high: usize,
  low: usize,
  to: usize,
  toStride: usize,
): void {
  for (let x = 0; x < width; x++) {
    const first = rows + load<u32>(starts + (x << 2))
    let high0 = i32x4.splat(0)
    let high1 = i32x4.splat(0)
    let high2 = i32x4.splat(0)
    let high3 = i32x4.splat(0)
    let low0 = i32x4.splat(0)
    let low1 = i32x4.splat(0)
    let low2 = i32x4.splat(0)
    let low3 = i32x4.splat(0)
    for (let tap = 0; tap < taps; tap += 8) {
      const highs = v128.load(high)
      const lows = v128.load(low)
      let at = first + tap
      const levels0 = v128.load_ext<u8>(at)
      at += stride
      const levels1 = v128.load_ext<u8>(at)
      at += stride
      const levels2 = v128.load_ext<u8>(at)
      at += stride
      const levels3 = v128.load_ext<u8>(at)
      high0 = i32x4.add(high0, i32x4.dot_i16x8_s(levels0, highs))
      high1 = i32x4.add(high1, i32x4.dot_i16x8_s(levels1, highs))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(levels2, highs))
      high3 = i32x4.add(high3, i32x4.dot_i16x8_s(levels3, highs))
      low0 = i32x4.add(low0, i32x4.dot_i16x8_s(levels0, lows))
      low1 = i32x4.add(low1, i32x4.dot_i16x8_s(levels1, lows))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(levels2, lows))
      low3 = i32x4.add(low3, i32x4.dot_i16x8_s(levels3, lows))
      high += 16
      low += 16
    }
    const levels = toLevels(sumOfEach(high0, high1, high2, high3), sumOfEach(low0, low1, low2, low3))
    let at = to + x
    v128.store8_lane(at, levels, 0)
    at += toStride
    v128.store8_lane(at, levels, 1)
    at += toStride
    v128.store8_lane(at, levels, 2)
    at += toStride
    v128.store8_lane(at, levels, 3)
  }
}

/** The sums of the lanes of four vectors, one in each lane. */
function sumOfEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(
    v128.shuffle<i32>(a, b, 0, 2, 4, 6),
    v128.shuffle<i32>(a, b, 1, 3, 5, 7),
  )
  const cd = i32x4.add(
    v128.shuffle<i32>(c, d, 0, 2, 4, 6),
    v128.shuffle<i32>(c, d, 1, 3, 5, 7),
  )
  return i32x4.add(
    v128.shuffle<i32>(ab, cd, 0, 2, 4, 6),
    v128.shuffle<i32>(ab, cd, 1, 3, 5, 7),
  )
}

/** The same for RGB: `taps` is a multiple of 4, and `starts` are of pixels in bytes. */
export function acrossRgb(
  rows: usize,
  stride: usize,
  width: i32,
  taps: i32,
  starts: usize,
  high: usize,
  low: usize,
  to: usize,
  toStride: usize,
): void {
  for (let x = 0; x < width; x++) {
    let first = rows + load<u32>(starts + (x << 2))
    let high0 = i32x4.splat(0)
    let high1 = i32x4.splat(0)
    let high2 = i32x4.splat(0)
    let high3 = i32x4.splat(0)
    let low0 = i32x4.splat(0)
    let low1 = i32x4.splat(0)
    let low2 = i32x4.splat(0)
    let low3 = i32x4.splat(0)
    for (let tap = 0; tap < taps; tap += 4) {
      const highs01 = v128.load32_splat(high)
      const highs23 = v128.load32_splat(high, 4)
      const lows01 = v128.load32_splat(low)
      const lows23 = v128.load32_splat(low, 4)
      let at = first
      let pixels = v128.load(at)
      let left = pairOfPixels(pixels)
      let right = nextPairOfPixels(pixels)
      high0 = i32x4.add(high0, dots(left, highs01, right, highs23))
      low0 = i32x4.add(low0, dots(left, lows01, right, lows23))
      at += stride
      pixels = v128.load(at)
      left = pairOfPixels(pixels)
      right = nextPairOfPixels(pixels)
      high1 = i32x4.add(high1, dots(left, highs01, right, highs23))
      low1 = i32x4.add(low1, dots(left, lows01, right, lows23))
      at += stride
      pixels = v128.load(at)
      left = pairOfPixels(pixels)
      right = nextPairOfPixels(pixels)
      high2 = i32x4.add(high2, dots(left, highs01, right, highs23))
      low2 = i32x4.add(low2, dots(left, lows01, right, lows23))
      at += stride
      pixels = v128.load(at)
      left = pairOfPixels(pixels)
      right = nextPairOfPixels(pixels)
      high3 = i32x4.add(high3, dots(left, highs01, right, highs23))
      low3 = i32x4.add(low3, dots(left, lows01, right, lows23))
      first += 12
      high += 8
      low += 8
    }
    let at = to + x * 3
    storeRgb(at, toLevels(high0, low0))
    at += toStride
    storeRgb(at, toLevels(high1, low1))
    at += toStride
    storeRgb(at, toLevels(high2, low2))
    at += toStride
    storeRgb(at, toLevels(high3, low3))
  }
}

/** Red, green and blue of pixels 0 and 1 side by side, in lanes of 16 bits; the last pair is 0. */
function pairOfPixels(rgb: v128): v128 {
  return i8x16.swizzle(rgb, i8x16(0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16))
}

/** The same of pixels 2 and 3. */
function nextPairOfPixels(rgb: v128): v128 {
  return i8x16.swizzle(rgb, i8x16(6, 16, 9, 16, 7, 16, 10, 16, 8, 16, 11, 16, 16, 16, 16, 16))
}

function dots(left: v128, by: v128, right: v128, byNext: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(left, by), i32x4.dot_i16x8_s(right, byNext))
}

function storeRgb(to: usize, levels: v128): void {
  v128.store16_lane(to, levels, 0)
  v128.store8_lane(to, levels, 2, 2)
}
