import { mkdir, readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, parse, sep } from 'node:path'
import type { ResultFormat } from '../functions/contract/result-format.ts'
import { pathKind } from './path-kind.ts'
import { extensionOf } from './result-format.ts'
import type { SourceFiles } from './source-files.ts'
import { systemErrorText } from './system-error.ts'
import { UsageError } from './usage-error.ts'

/** A source and where its result goes, which in a folder depends on the format that comes back. */
export type Transfer = { source: string; resultPath: (format: ResultFormat) => string }

/**
 * Where the results of all sources go, for the formats that may come back. The output is a folder
 * when it is one already or is written with a slash at its end, when there are several sources, and
 * when they come from a folder; it is made when it is missing.
 *
 * No two results can meet in one path, on a file system that ignores case either, and none replaces
 * a source. Throws UsageError where that cannot be promised.
 */
export async function planResults(
  { paths, fromFolder }: SourceFiles,
  output: string,
  formats: readonly ResultFormat[],
): Promise<Transfer[]> {
  const kind = await pathKind(output)
  const namesFolder = kind === 'folder' || output.endsWith('/') || output.endsWith(sep)
  const intoFolder = namesFolder || fromFolder || paths.length > 1
  if (intoFolder && kind === 'file') {
    throw new UsageError(`${output} is a file; name a folder for the results to go into.`)
  }
  const transfers = intoFolder ? intoFolderNamed(output, paths) : intoFile(output, paths)
  const folder = intoFolder ? output : dirname(output)
  const planned = plannedNames(transfers, formats)
  const existing = (await openFolder(folder)).map((name) => join(folder, name))
  await checkSourcesAreKept(existing, planned, paths)
  return transfers
}

function intoFile(file: string, sources: string[]): Transfer[] {
  return sources.map((source) => ({ source, resultPath: () => file }))
}

function intoFolderNamed(folder: string, sources: string[]): Transfer[] {
  const shared = sharedNames(sources)
  return sources.map((source) => {
    const isShared = shared.has(nameOf(source))
    return { source, resultPath: (format) => join(folder, resultName(source, format, isShared)) }
  })
}

/** Beside `a.gif`, the result of `a.png` keeps its whole name; they would both become `a.png`. */
function resultName(source: string, format: ResultFormat, isShared: boolean): string {
  const { base, name } = parse(source)
  const extension = extensionOf(format)
  if (!isShared) return name + extension
  return extname(base).toLowerCase() === extension ? base : base + extension
}

function sharedNames(sources: string[]): Set<string> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const name of sources.map(nameOf)) {
    if (seen.has(name)) shared.add(name)
    seen.add(name)
  }
  return shared
}

function nameOf(source: string): string {
  return parse(source).name.toLowerCase()
}

/** Every name that a result may take in the folder, as a key that ignores case. */
type PlannedNames = Map<string, Transfer>

function plannedNames(transfers: Transfer[], formats: readonly ResultFormat[]): PlannedNames {
  const planned: PlannedNames = new Map()
  for (const transfer of transfers) {
    for (const path of formats.map(transfer.resultPath)) {
      const other = planned.get(keyOf(path))
      if (other && other !== transfer) throw sameResult(other.source, transfer.source, path)
      planned.set(keyOf(path), transfer)
    }
  }
  return planned
}

function keyOf(path: string): string {
  return basename(path).toLowerCase()
}

function sameResult(one: string, other: string, path: string): UsageError {
  return new UsageError(
    `The results of ${one} and ${other} would both be ${path}; send them to different folders.`,
  )
}

/** The names in a folder, which is made when it is missing. */
async function openFolder(folder: string): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true })
    return await readdir(folder)
  } catch (error) {
    throw new UsageError(`The folder ${folder} cannot be used: ${systemErrorText(error)}.`)
  }
}

/** Compares the files themselves: links, case and `..` let one file have many paths. */
async function checkSourcesAreKept(
  existing: string[],
  planned: PlannedNames,
  sources: string[],
): Promise<void> {
  const met = existing.filter((path) => planned.has(keyOf(path)))
  if (met.length === 0) return
  const sourceIds = new Set(await Promise.all(sources.map(fileId)))
  for (const path of met) {
    const id = await fileId(path)
    if (id === undefined || !sourceIds.has(id)) continue
    const { source } = planned.get(keyOf(path)) ?? {}
    throw new UsageError(
      `${path} is to be sent, and the result of ${source} could replace it; name another output.`,
    )
  }
}

/** The same for every path of one file; `undefined` for a link that leads nowhere. */
async function fileId(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}
