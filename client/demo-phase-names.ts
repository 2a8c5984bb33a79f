import { type PhaseName, phaseTimes, type Recording } from './demo-recording.ts'

/** Where a phase is drawn: between two abscissas, and in which line above the chart its name stands. */
export type PhasePlace = { name: PhaseName; from: number; to: number; line: number }

/** As wide as a letter of a name is at most, on average, in the fonts that a chart may come to. */
const LETTER_WIDTH = 7
const NAME_GAP = 10

/** A wait for what was so already is none. */
const MIN_PHASE_MS = 100

/** The room that a name takes, with some to the next. */
export function nameWidth(name: string): number {
  return name.length * LETTER_WIDTH + NAME_GAP
}

/**
 * The phases of a recording, each with its name in the first line from which on down no name before it is in
 * the way: names overlap no other, and the rule from a name down to the chart crosses none. There are as
 * many lines as that takes.
 */
export function placePhases(recording: Recording, x: (atMs: number) => number): PhasePlace[] {
  const freeFrom: number[] = []
  return recording.phases.flatMap(({ name }) => {
    const times = phaseTimes(recording, name)
    if (!times || times.toMs - times.fromMs < MIN_PHASE_MS) return []
    const [from, to] = [x(times.fromMs), x(times.toMs)]
    const line = freeFrom.findLastIndex((free) => free > from) + 1
    freeFrom[line] = from + nameWidth(name)
    return [{ name, from, to, line }]
  })
}
