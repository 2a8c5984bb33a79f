/**
 * The same bytes in memory of their own: a small Buffer is a part of a slab of 64 KiB, all of which it
 * would keep in memory.
 */
export function ownBuffer(bytes: Buffer): Buffer {
  if (bytes.length === bytes.buffer.byteLength) return bytes
  const own = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(own)
  return own
}
