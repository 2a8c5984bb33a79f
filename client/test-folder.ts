import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A new folder holding files of these names, each with its name as content; gone after the test. */
export async function makeTestFolder(...names: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'image-client-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  for (const name of names) await writeFile(join(folder, name), name)
  return folder
}
