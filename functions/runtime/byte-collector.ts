import type { Body } from './read-body.ts'

/** Shorter chunks are joined. */
const JOINED_BYTES = 16 * 1024

const BLOCK_BYTES = 64 * 1024

/** Gathers a body that arrives in chunks. */
export type ByteCollector = { add: (chunk: Buffer) => void; toBody: () => Body }

/**
 * Keeps long chunks as they are and copies short ones together: an object for each byte of a body that is sent in
 * chunks of one would take a hundred times its size.
 */
export function createByteCollector(): ByteCollector {
  const chunks: Buffer[] = []
  let byteLength = 0
  let block = Buffer.alloc(0)
  let used = 0

  function endBlock(): void {
    if (used > 0) chunks.push(block.subarray(0, used))
    block = block.subarray(used)
    used = 0
  }

  function copy(chunk: Buffer): void {
    if (chunk.length > block.length - used) {
      endBlock()
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
    }
    used += chunk.copy(block, used)
  }

  return {
    add(chunk) {
      byteLength += chunk.length
      if (chunk.length < JOINED_BYTES) return copy(chunk)
      endBlock()
      chunks.push(chunk)
    },
    toBody() {
      endBlock()
      return { chunks, byteLength }
    },
  }
}
