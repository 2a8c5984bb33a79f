/** Where the parts of a file begin, as its format counts them: segments, chunks, boxes, blocks. */
export function boundariesOf(file: Buffer): number[] {
  if (file.length < 12) return []
  const starts = file.toString('latin1', 0, 12)
  if (starts.startsWith('\xff\xd8')) return jpegMarkers(file)
  if (starts.startsWith('\x89PNG')) return chunks(file, 8, (at) => 12 + file.readUInt32BE(at))
  if (starts.startsWith('RIFF')) return chunks(file, 12, (at) => 8 + file.readUInt32LE(at + 4))
  if (starts.slice(4, 8) === 'ftyp') return chunks(file, 0, (at) => file.readUInt32BE(at))
  if (starts.startsWith('GIF8')) return bytesOf(file, [0x21, 0x2c, 0x3b])
  return []
}

function jpegMarkers(file: Buffer): number[] {
  const found: number[] = []
  for (let at = file.indexOf(0xff, 2); at !== -1; at = file.indexOf(0xff, at + 1)) {
    if (file[at + 1] !== 0) found.push(at)
  }
  return found
}

function chunks(file: Buffer, firstAt: number, lengthAt: (at: number) => number): number[] {
  const found: number[] = []
  for (let at = firstAt; at + 8 <= file.length; ) {
    found.push(at)
    const length = lengthAt(at)
    if (length === 0) break
    at += length
  }
  return found
}

function bytesOf(file: Buffer, wanted: readonly number[]): number[] {
  return [...file.keys()].filter((at) => wanted.includes(file[at] ?? 0))
}
