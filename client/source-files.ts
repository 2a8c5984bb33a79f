import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pathKind } from './path-kind.ts'
import { systemErrorText } from './system-error.ts'
import { UsageError } from './usage-error.ts'

/** What of a folder is sent: the formats that the service reads, by the usual names. */
export const SOURCE_EXTENSIONS = [
  '.jpg',
  '.jpeg',
  '.png',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
] as const

/** The files to send, and whether a folder was among the inputs. */
export type SourceFiles = { paths: string[]; fromFolder: boolean }

/**
 * The files that the inputs stand for: a file for itself whatever its name, a folder for the images
 * directly in it, in the order of their names. Throws UsageError for an input that is not there,
 * and for a folder without images.
 */
export async function findSourceFiles(inputs: string[]): Promise<SourceFiles> {
  const paths: string[] = []
  let fromFolder = false
  for (const input of inputs) {
    const kind = await pathKind(input)
    if (kind === 'missing') throw new UsageError(`There is no file or folder ${input}.`)
    if (kind === 'file') paths.push(input)
    else {
      fromFolder = true
      paths.push(...(await imagesIn(input)))
    }
  }
  return { paths, fromFolder }
}

async function imagesIn(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder)
  const names = entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && isImageName(entry.name))
    .map((entry) => entry.name)
    .sort()
  if (names.length > 0) return names.map((name) => join(folder, name))
  throw new UsageError(`The folder ${folder} holds no images (${SOURCE_EXTENSIONS.join(' ')}).`)
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    throw new UsageError(`The folder ${folder} cannot be read: ${systemErrorText(error)}.`)
  }
}

/** Hidden files are passed over: macOS keeps a `._photo.jpg` that is no image beside `photo.jpg`. */
function isImageName(name: string): boolean {
  const extension = extname(name).toLowerCase()
  return !name.startsWith('.') && SOURCE_EXTENSIONS.some((known) => known === extension)
}
