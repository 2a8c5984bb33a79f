/** Pixels in memory: rows of interleaved 8-bit channels, RGB or one of luma. */
export type Pixels = { data: Uint8Array; width: number; height: number; channels: 1 | 3 }

/**
 * Frees the memory of pixels that nothing will look at again. The garbage collector would, but it sees
 * only a small object, and two or three photographs of 36 MB would wait for it.
 */
export function giveBack({ data }: Pixels): void {
  if (data.buffer instanceof ArrayBuffer) data.buffer.transfer(0)
}
