import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FileError } from './file-error.ts'
import { systemErrorText } from './system-error.ts'

/**
 * Writes a result so that its path holds all of it or what was there before, never a part. Throws
 * FileError when the system refuses.
 */
export async function writeResult(path: string, bytes: Uint8Array): Promise<void> {
  // In the same folder, since only there is renaming one step.
  const temporary = join(dirname(path), `.image-result-${randomUUID()}.part`)
  try {
    await writeFile(temporary, bytes, { flag: 'wx' })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new FileError(`The result cannot be written to ${path}: ${systemErrorText(error)}.`)
  }
}
