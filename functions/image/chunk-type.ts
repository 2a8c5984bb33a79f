/** The type of a chunk, four letters, as a number that reads them from left to right. */
export function chunkType(name: string): number {
  return Buffer.from(name, 'latin1').readUInt32BE()
}
