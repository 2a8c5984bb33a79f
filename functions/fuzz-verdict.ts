/** What a run of bad bytes must not have. */
import type { FuzzReport } from './fuzz-service.ts'

/** Bad bytes are the caller's fault, by a code that is about bytes; good ones among them have a result. */
const RIGHT: readonly string[] = [
  '200',
  '400 invalid_request',
  '413 payload_too_large',
  '415 unsupported_media_type',
  '422 too_many_pixels',
  '422 undecodable_image',
  '503 overloaded',
]

/** Beyond that a small file keeps a core busy that others wait for. */
const LATE_MS = 2000

/** What a function may take at its highest, and keep once it has nothing to do. */
const MEMORY_MB = {
  image: { peakMb: 600, restMb: 450 },
  api: { peakMb: 400, restMb: 300 },
} as const

/** What is wrong with an answer, by its kind and the time that it took, if anything is. */
export function faultOf(kind: string, ms: number): string | undefined {
  if (!RIGHT.includes(kind)) return kind
  return ms > LATE_MS ? `${kind} after ${ms.toFixed(0)} ms` : undefined
}

/** What is wrong with a run as a whole, in words; its bad answers and crashes are told beside it. */
export function failuresOf(
  report: Pick<FuzzReport, 'counts' | 'bad' | 'crashes' | 'peakMb' | 'restMb'>,
): string[] {
  const { counts, bad, crashes, peakMb, restMb } = report
  const failures = []
  if (bad.length > 0) failures.push(`${bad.length} bad answers`)
  if (crashes.length > 0) failures.push(`${crashes.length} crashes`)
  // Then it was not the pictures that were judged.
  if (!counts['200']) failures.push('no picture at all was accepted')
  for (const name of ['image', 'api'] as const) {
    const most = MEMORY_MB[name]
    if (peakMb[name] > most.peakMb)
      failures.push(
        `${name} took ${peakMb[name].toFixed(0)} MB at its highest, over ${most.peakMb}`,
      )
    if (restMb[name] > most.restMb)
      failures.push(`${name} kept ${restMb[name].toFixed(0)} MB at the end, over ${most.restMb}`)
  }
  return failures
}
