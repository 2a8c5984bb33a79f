/** Pixels in memory: rows of interleaved 8-bit channels, RGB or one of luma. */
export type Pixels = { data: Uint8Array; width: number; height: number; channels: 1 | 3 }

/**
 * Frees the memory of bytes that nothing will look at again. The garbage collector would, but it sees
 * only a small object, and two or three photographs of 36 MB would wait for it.
 */
export function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer) buffer.transfer(0)
}
