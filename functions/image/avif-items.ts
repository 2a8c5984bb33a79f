import { type Box, boxesBetween, readerOf } from './avif-boxes.ts'
import {
  beyondLimit,
  checkChunks,
  checkCount,
  countMetadata,
  MAX_METADATA_BYTES,
} from './structure-limits.ts'

/** Items that are pictures, which libheif reads once they are shown; all others it reads with the header. */
const PICTURES = ['av01', 'grid', 'iovl', 'iden', 'tmap']

/** Frames that are not shown. libheif makes of each, of which the box tells 4 bytes, a record of many times that. */
const SEQUENCE = { type: 'moov', factor: 16 }

/** Beyond these libheif refuses the file. */
const MOST_ITEMS = 256
const MOST_EXTENTS = 32

/**
 * Throws `undecodable_image` when an AVIF has more boxes or more metadata than is allowed, or when its items
 * together have more bytes than the file: all may share the same ones, and libheif holds a copy for each. A
 * list that is there twice is refused, as only libheif knows which of both it takes.
 */
export function checkAvifItems(avif: Buffer): void {
  const addMetadata = countMetadata('avif')
  const boxes = listOf(avif, 0, avif.length)
  for (const { type, from, end } of boxes) {
    if (type === SEQUENCE.type) addMetadata((end - from) * SEQUENCE.factor)
  }
  const meta = onlyOne(boxes, 'meta')
  if (!meta) return
  // QuickTime has a box of that name without version and flags.
  if (readerOf(avif, meta.from, meta.end)(4) !== 0) throw unknown('meta')
  const children = listOf(avif, meta.from + 4, meta.end)
  const sizes = sizesOf(avif, onlyOne(children, 'iloc'))
  let all = 0
  for (const bytes of sizes.values()) all += bytes
  // Equal tiles need to be there only once.
  checkCount('avif', all, avif.length + MAX_METADATA_BYTES, 'bytes of items')
  for (const id of metadataIn(avif, onlyOne(children, 'iinf'))) addMetadata(sizes.get(id) ?? 0)
}

function listOf(avif: Buffer, from: number, end: number): Box[] {
  const list: Box[] = []
  for (const box of boxesBetween(avif, from, end)) checkChunks('avif', list.push(box))
  return list
}

function onlyOne(boxes: readonly Box[], wanted: string): Box | undefined {
  const [box, other] = boxes.filter(({ type }) => type === wanted)
  if (other) throw unknown(wanted)
  return box
}

/** Bytes of each item by its number: the sum of its extents. */
function sizesOf(avif: Buffer, box: Box | undefined): Map<number, number> {
  const sizes = new Map<number, number>()
  if (!box) return sizes
  const next = readerOf(avif, box.from, box.end)
  const version = next(4) >>> 24
  const [widths, moreWidths] = [next(1), next(1)]
  // libheif reads numbers of 4 and of 8 bytes, and nothing for any other width.
  const width = (nibble: number) => (nibble === 4 || nibble === 8 ? nibble : 0)
  const [ofOffset, ofLength] = [width(widths >> 4), width(widths & 15)]
  const [ofBase, ofIndex] = [width(moreWidths >> 4), version > 0 ? width(moreWidths & 15) : 0]
  const items = next(version < 2 ? 2 : 4)
  checkCount('avif', items, MOST_ITEMS, 'items')
  for (let i = 0; i < items; i++) {
    const id = next(version < 2 ? 2 : 4)
    // How it is made, in which file it is, and from where its extents count.
    next((version > 0 ? 2 : 0) + 2)
    next(ofBase)
    const extents = next(2)
    checkCount('avif', extents, MOST_EXTENTS, 'extents of an item')
    for (let extent = 0; extent < extents; extent++) {
      next(ofIndex)
      next(ofOffset)
      // None is all that the file has.
      sizes.set(id, (sizes.get(id) ?? 0) + (next(ofLength) || avif.length))
    }
  }
  return sizes
}

/** The numbers of the items that are no pictures. */
function metadataIn(avif: Buffer, box: Box | undefined): number[] {
  if (!box) return []
  const isShort = readerOf(avif, box.from, box.end)(1) === 0
  const infos = listOf(avif, box.from + (isShort ? 6 : 8), box.end)
  return infos.flatMap(({ type, from, end }) => {
    const next = readerOf(avif, from, end)
    const version = next(4) >>> 24
    if (type !== 'infe' || (version !== 2 && version !== 3)) throw unknown(type)
    const id = next(version === 2 ? 2 : 4)
    const typeAt = from + (version === 2 ? 8 : 10)
    return PICTURES.includes(avif.toString('latin1', typeAt, typeAt + 4)) ? [] : [id]
  })
}

function unknown(type: string) {
  return beyondLimit('avif', `a list of boxes that is not known (${JSON.stringify(type)})`)
}
