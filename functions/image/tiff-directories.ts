import {
  checkCount,
  checkFrames,
  countMetadata,
  cutShort,
  MAX_METADATA_BYTES,
  MAX_PAGE_TAGS,
  MAX_PIECES,
  MAX_TAGS,
} from './structure-limits.ts'
import { type Directory, openTiff, type TiffFile } from './tiff-file.ts'
import { checkPieces, missingPieces } from './tiff-pieces.ts'

/** From here on libtiff takes what it reads for no directory, and its list for ended. */
const TOO_MANY_FOR_A_DIRECTORY = 4097

/**
 * Throws `undecodable_image` when a TIFF has more pages, tags or bytes of tags than is allowed, or when its
 * first page has tiles that the decoder would make black. All pages count: libtiff reads the tags of each, and
 * many may share the same bytes, so that together they may have far more than the file. A page that comes round again ends the list, as for its decoder.
 */
export function checkTiffDirectories(tiff: Buffer): void {
  const file = openTiff(tiff)
  const { firstAt, entryBytes, offsetBytes } = file.layout
  const addMetadata = countMetadata('tiff', file.byteLength + MAX_METADATA_BYTES)
  const seen = new Set<number>()
  let [tags, missing] = [0, 0]
  let at = file.number(firstAt, offsetBytes)
  while (at > 0 && !seen.has(at)) {
    const page = directoryAt(file, at)
    if (!page) return
    checkFrames('tiff', seen.add(at).size)
    tags += page.count
    checkCount('tiff', tags, MAX_TAGS, 'tags')
    for (let entry = page.from; entry < page.end; entry += entryBytes) {
      addMetadata(file.byteLengthAt(entry))
    }
    missing += missingPieces(file, page)
    checkCount('tiff', missing, MAX_PIECES, 'tiles or strips that are not there')
    if (seen.size === 1) checkPieces(file, page)
    at = file.number(page.end, offsetBytes)
  }
}

/** The directory that stands there; `undefined` for what libtiff takes for none. */
function directoryAt(file: TiffFile, at: number): Directory | undefined {
  const { countBytes, entryBytes, offsetBytes } = file.layout
  const count = file.number(at, countBytes)
  const from = at + countBytes
  const end = from + count * entryBytes
  const isNone = count === 0 || count >= TOO_MANY_FOR_A_DIRECTORY || end > file.byteLength
  if (isNone) return undefined
  checkCount('tiff', count, MAX_PAGE_TAGS, 'tags in a page')
  // libtiff would go on with half an offset; where none of it is there, the list has ended.
  if (end < file.byteLength && end + offsetBytes > file.byteLength) {
    throw cutShort('tiff', 'in the place of its next page')
  }
  return { count, from, end }
}
