import type { Window } from './geometry.ts'
import type { Pixels } from './pixels.ts'

/** Lays a picture that is a part of a window where it belongs; the rest of the window is black. */
export function onBlack(picture: Pixels, part: Window, window: Window): Pixels {
  const { width, height } = window
  if (part.width === width && part.height === height) return picture
  const { channels } = picture
  const data = new Uint8Array(width * height * channels)
  const [left, top] = [part.left - window.left, part.top - window.top]
  const rowBytes = part.width * channels
  for (let y = 0; y < part.height; y++) {
    const row = picture.data.subarray(y * rowBytes, (y + 1) * rowBytes)
    data.set(row, ((top + y) * width + left) * channels)
  }
  return { data, width, height, channels }
}
