/**
 * RGB from cyan, magenta, yellow and black, by Pillow's formula: each ink takes its share of the light
 * that black leaves, (255 - K) - C * (255 - K) / 255, the product rounded to the nearest level.
 */
export function cmykToRgb(inks: Uint8Array): Uint8Array {
  // A plain view: indexing a Buffer is slower.
  const from = new Uint8Array(inks.buffer, inks.byteOffset, inks.byteLength)
  const rgb = new Uint8Array((from.length / 4) * 3)
  for (let ink = 0, at = 0; ink < from.length; ink += 4, at += 3) {
    const light = 255 - (from[ink + 3] ?? 0)
    rgb[at] = light - shareOf(light, from[ink] ?? 0)
    rgb[at + 1] = light - shareOf(light, from[ink + 1] ?? 0)
    rgb[at + 2] = light - shareOf(light, from[ink + 2] ?? 0)
  }
  return rgb
}

/** light * ink / 255, rounded, without a division. */
function shareOf(light: number, ink: number): number {
  const product = light * ink + 128
  return ((product >> 8) + product) >> 8
}
