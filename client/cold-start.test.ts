import { describe, expect, it } from 'vitest'
import { coldStartOf } from './cold-start.ts'
import { changeAt, exampleRecording } from './test-recording.ts'

describe('coldStartOf()', () => {
  it('takes a stage for reached when a later one is, in whatever order they were told', () => {
    const recording = exampleRecording()
    recording.changes = [
      changeAt(1100, 'api', [0, 1, 0, 0]),
      changeAt(1200, 'api', [1, 1, 0, 0]),
      changeAt(1300, 'api', [1, 1, 1, 1]),
    ]
    const steps = coldStartOf(recording)?.steps.map(({ what, afterMs }) => [what, afterMs])
    expect(steps).toEqual([
      ['api wanted', 100],
      ['api pod scheduled', 100],
      ['api containers started', 300],
      ['api ready', 300],
      ['answered', 4000],
    ])
  })

  it('is nothing before there was an answer', () => {
    expect(coldStartOf({ ...exampleRecording(), exchanges: [] })).toBeUndefined()
  })
})
