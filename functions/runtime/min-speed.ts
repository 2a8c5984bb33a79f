import type { IncomingMessage } from 'node:http'

/** Bytes that have to arrive within each piece of time. */
export type MinSpeed = { bytes: number; windowMs: number }

/**
 * For bodies from strangers. Stops whoever sends a byte now and then and so keeps what came before, a
 * connection and what waits for it, for all of a time that was made long for large pictures: 33 MB would
 * take nine hours.
 */
export const MIN_SPEED: MinSpeed = { bytes: 5000, windowMs: 5000 }

/**
 * Calls back when what arrives on the connection of a message comes too slowly, until what is returned is
 * called.
 */
export function watchSpeed(
  { socket }: IncomingMessage,
  { bytes, windowMs }: MinSpeed,
  onTooSlow: () => void,
): () => void {
  let before = socket.bytesRead
  const timer = setInterval(() => {
    const arrived = socket.bytesRead - before
    before = socket.bytesRead
    if (arrived < bytes) onTooSlow()
  }, windowMs)
  return () => clearInterval(timer)
}
