import pMap from 'p-map'
import { withApiKey } from './api-key.ts'
import type { Command, Surroundings } from './command.ts'
import { FileError } from './file-error.ts'
import { flagsToHelp } from './flags.ts'
import { oneLine } from './one-line.ts'
import { optionsHelp } from './option-flags.ts'
import { createProgress } from './progress.ts'
import { type Outcome, summaryLine } from './report.ts'
import { possibleFormats } from './result-format.ts'
import { planResults, type Transfer } from './result-paths.ts'
import { parseSendArguments, type SendArguments, sendFlags } from './send-arguments.ts'
import { sendFile } from './send-file.ts'
import { createService, UnreachableError } from './service.ts'
import { findSourceFiles, SOURCE_EXTENSIONS, type SourceFiles } from './source-files.ts'

/** Sends images to the service and writes what comes back. */
export const send: Command = {
  summary: 'send images to the service and write what comes back',
  usage: 'INPUT... OUTPUT [options]',
  help: `INPUT is an image, or a folder: then the images directly in it are sent, those in folders
below it are not (${SOURCE_EXTENSIONS.join(' ')}, in any case).

OUTPUT is a file for one image. For several, and for a folder, it is a folder, made when it is
missing; each result has the name of its image there, with the extension of its own format.
Files that are there already are replaced, but never one that is to be sent. The name of OUTPUT does not choose
the format; --format does.

With --by-digest the bytes of a file go over the network only when the service does not keep them; it
keeps them when it was started with KEEP_SOURCES=true. The line of a file says which it was.

With --source-url there is no INPUT: the service downloads the image. In a folder the result has the
last name of its path.

The exit code is 0 when all is done, 1 when a file failed, 2 when the call is not understood.

${flagsToHelp(sendFlags)}

${optionsHelp}`,
  run,
}

async function run(args: string[], surroundings: Surroundings): Promise<number> {
  const asked = parseSendArguments(args)
  const address = withApiKey(asked.address, surroundings.apiKey)
  const formats = possibleFormats(asked.requested.options.format)
  const { sourceUrl } = asked
  const sources = sourceUrl ? namedByUrl(sourceUrl) : await findSourceFiles(asked.inputs)
  const transfers = await planResults(sources, asked.output, formats)
  const startedMs = performance.now()
  const outcomes = await sendAll(transfers, { ...asked, address }, surroundings)
  if (outcomes.length > 1) {
    const elapsedMs = performance.now() - startedMs
    surroundings.stdout.write(`${summaryLine(outcomes, elapsedMs)}\n`)
  }
  return outcomes.every((outcome) => outcome === 'done') ? 0 : 1
}

/** Without the query, which may be a secret and is no part of a name. */
function namedByUrl({ origin, pathname }: URL): SourceFiles {
  return { paths: [`${origin}${pathname}`], fromFolder: false }
}

/** Sends each file once, and resolves when nothing is under way any more. */
async function sendAll(
  transfers: Transfer[],
  { jobs, address, sourceUrl, byDigest, requested }: SendArguments,
  surroundings: Surroundings,
): Promise<Outcome[]> {
  const service = createService(address, requested.query)
  const unreachable = new AbortController()
  const signal = AbortSignal.any([surroundings.signal, unreachable.signal])
  const progress = createProgress(transfers.length, surroundings)

  async function sendOne(transfer: Transfer): Promise<Outcome> {
    if (signal.aborted) return 'not finished'
    try {
      progress.done(await sendFile(transfer, { service, sourceUrl, byDigest, requested, signal }))
      return 'done'
    } catch (error) {
      if (error instanceof FileError) {
        progress.failed(`${transfer.source}: ${error.message}`)
        return 'failed'
      }
      if (error instanceof UnreachableError) unreachable.abort(error)
      if (signal.aborted) return 'not finished'
      throw error
    }
  }

  try {
    return await pMap(transfers, sendOne, { concurrency: jobs })
  } finally {
    progress.stop()
    if (unreachable.signal.aborted) {
      surroundings.stderr.write(oneLine(unreachable.signal.reason.message))
    }
  }
}
