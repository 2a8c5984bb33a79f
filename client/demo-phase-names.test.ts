import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameWidth, type PhasePlace, placePhases } from './demo-phase-names.ts'
import { PHASE_NAMES, type Recording } from './demo-recording.ts'
import { exampleRecording } from './test-recording.ts'

/** One whose phases begin at these times. */
function recordingOf(...startsMs: number[]): Recording {
  const phases = PHASE_NAMES.map((name, at) => ({ name, fromMs: startsMs[at] ?? 0 }))
  return { ...exampleRecording(), phases, endMs: 200_000 }
}

function place(recording: Recording, width: number): PhasePlace[] {
  return placePhases(recording, (atMs) => (atMs / recording.endMs) * width)
}

/** Pairs of names that cannot be read: on the same ground, or one with the rule of another through it. */
function collisions(places: PhasePlace[]): string[] {
  return places.flatMap((earlier, at) =>
    places.slice(at + 1).flatMap((later) => {
      const reaches = earlier.from + nameWidth(earlier.name) > later.from
      return reaches && later.line <= earlier.line ? [`${earlier.name} and ${later.name}`] : []
    }),
  )
}

describe('placePhases()', () => {
  it('has one line for names that are far enough apart', () => {
    const places = place(recordingOf(0, 30_000, 60_000, 90_000, 120_000, 150_000), 900)
    expect(places.map(({ line }) => line)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('keeps the hit apart from the burst that soon follows it', () => {
    const places = place(recordingOf(0, 50_000, 51_500, 63_000, 66_000, 96_000), 900)
    expect(places.map(({ line }) => line)).toEqual([0, 0, 1, 2, 3, 0])
    expect(collisions(places)).toEqual([])
  })

  it('never lets names overlap, however the phases lie', () => {
    const starts = fc.uniqueArray(
      fc.constantFrom(...Array.from({ length: 1000 }, (_, at) => at * 200)),
      {
        minLength: PHASE_NAMES.length,
        maxLength: PHASE_NAMES.length,
      },
    )
    fc.assert(
      fc.property(
        fc.record({ starts, width: fc.constantFrom(100, 400, 872) }),
        ({ starts, width }) => {
          const recording = recordingOf(...starts.toSorted((a, b) => a - b))
          expect(collisions(place(recording, width))).toEqual([])
        },
      ),
    )
  })

  it('has no place for a wait that was none', () => {
    const places = place(recordingOf(0, 50, 10_000, 10_000, 50_000, 90_000), 900)
    expect(places.map(({ name }) => name)).toEqual(['cold start', 'hit', 'burst', 'silence'])
  })
})
