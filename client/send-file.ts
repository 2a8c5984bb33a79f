import { fileDigest } from './file-digest.ts'
import { FileError } from './file-error.ts'
import type { RequestedOptions } from './option-flags.ts'
import { doneLine } from './report.ts'
import { writeResult } from './result-file.ts'
import { possibleFormats } from './result-format.ts'
import type { Transfer } from './result-paths.ts'
import type { Service } from './service.ts'

type Sending = {
  service: Service
  /** Where the service finds the image, when it is no file. */
  sourceUrl: URL | undefined
  /** Whether the service is asked for the file by its SHA-256 first. */
  byDigest: boolean
  requested: RequestedOptions
  signal: AbortSignal
}

/**
 * Sends one file, or has it downloaded, writes its result, and resolves with the line that says what was done. Throws
 * what the service throws, and FileError when the result cannot be written or was not asked for.
 */
export async function sendFile(
  { source, resultPath }: Transfer,
  { service, sourceUrl, byDigest, requested, signal }: Sending,
): Promise<string> {
  const { format: wanted, orient = 'apply' } = requested.options
  const kept = byDigest
    ? await service.processKept(await fileDigest(source, signal), signal)
    : undefined
  const sent = sourceUrl
    ? service.processUrl(sourceUrl, signal)
    : (kept ?? service.process(source, signal))
  const answer = await sent
  // Paths were planned for the formats that may come; another might meet the result of another file.
  if (!possibleFormats(wanted).includes(answer.format)) {
    throw new FileError(`The service answered ${answer.format} where ${wanted} was asked for.`)
  }
  const path = resultPath(answer.format)
  await writeResult(path, answer.bytes)
  const how = kept ? 'by digest' : 'uploaded'
  return doneLine(source, answer, orient, path, byDigest ? how : undefined)
}
