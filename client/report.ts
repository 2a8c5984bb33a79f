import type { Options } from '../functions/contract/options.ts'
import { orientedSize } from '../functions/contract/oriented-size.ts'
import type { Answer } from './service.ts'

/**
 * What the service did to one file, on one line. The size of the source is the one that is seen,
 * after its orientation.
 */
export function doneLine(
  file: string,
  { source, result, format, elapsedMs }: Answer,
  orient: Options['orient'],
  resultPath: string,
): string {
  const seen = orientedSize(source, orient)
  const isScaled = seen.width !== result.width || seen.height !== result.height
  const did = [
    `${seen.width}x${seen.height} ${source.format} → ${result.width}x${result.height} ${format}`,
    result.channels === 1 ? '1 channel' : `${result.channels} channels`,
    isScaled ? 'scaled' : 'left at its size',
    `${Math.round(elapsedMs)} ms`,
  ]
  return `${file}  ${did.join(', ')} → ${resultPath}`
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
