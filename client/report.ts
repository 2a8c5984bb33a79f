import type { Geometry } from '../functions/contract/image-headers.ts'
import type { Options, Size } from '../functions/contract/options.ts'
import { orientedSize } from '../functions/contract/oriented-size.ts'
import type { Answer } from './service.ts'

/**
 * What the service did to one file, on one line. The size of the source is the one that is seen,
 * after its orientation; `how` says how the source got there, where that was asked for.
 */
export function doneLine(
  file: string,
  { source, result, geometry, format, elapsedMs }: Answer,
  orient: Options['orient'],
  resultPath: string,
  how?: 'by digest' | 'uploaded',
): string {
  const seen = orientedSize(source, orient)
  const did = [
    `${seen.width}x${seen.height} ${source.format} → ${result.width}x${result.height} ${format}`,
    result.channels === 1 ? '1 channel' : `${result.channels} channels`,
    whatWasDone(seen, result, geometry),
    ...(how ? [how] : []),
    `${Math.round(elapsedMs)} ms`,
  ]
  return `${file}  ${did.join(', ')} → ${resultPath}`
}

function whatWasDone(seen: Size, result: Size, { scaleX, scaleY }: Geometry): string {
  if (scaleX !== 1 || scaleY !== 1) return 'scaled'
  const isSameSize = seen.width === result.width && seen.height === result.height
  return isSameSize ? 'left at its size' : 'cut or padded'
}

/** What became of one file; `not finished` when all was stopped first. */
export type Outcome = 'done' | 'failed' | 'not finished'

/** How a run over several files ended, on one line. */
export function summaryLine(outcomes: Outcome[], elapsedMs: number): string {
  const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length
  const parts = [`${count('done')} done`, `${count('failed')} failed`]
  if (count('not finished') > 0) parts.push(`${count('not finished')} not finished`)
  return [...parts, `${(elapsedMs / 1000).toFixed(1)} s`].join(', ')
}
