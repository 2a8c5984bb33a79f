import { stat } from 'node:fs/promises'
import { systemErrorText } from './system-error.ts'
import { UsageError } from './usage-error.ts'

export type PathKind = 'file' | 'folder' | 'missing'

/** What is at a path. Throws UsageError when it is neither file nor folder, or cannot be looked at. */
export async function pathKind(path: string): Promise<PathKind> {
  const found = await lookAt(path)
  if (!found) return 'missing'
  if (found.isDirectory()) return 'folder'
  if (found.isFile()) return 'file'
  throw new UsageError(`${path} is neither a file nor a folder.`)
}

async function lookAt(path: string) {
  try {
    return await stat(path, { throwIfNoEntry: false })
  } catch (error) {
    throw new UsageError(`${path} cannot be looked at: ${systemErrorText(error)}.`)
  }
}
