import { describe, expect, it } from 'vitest'
import { phaseSummary } from './demo-summary.ts'
import { changeAt, exampleRecording } from './test-recording.ts'

describe('phaseSummary()', () => {
  it('of the cold start has each step when it was there, and what the answer says', () => {
    expect(phaseSummary(exampleRecording(), 'cold start')).toEqual([
      '     0 ms  request sent',
      '   100 ms  api wanted',
      '   150 ms  api pod scheduled',
      '  1000 ms  api containers started',
      '  1500 ms  api ready',
      '  1600 ms  image wanted',
      '  1650 ms  image pod scheduled',
      '  2500 ms  image containers started',
      '  4000 ms  answered',
      '  4500 ms  image ready',
      'Server-Timing in ms: api-start 812, image-start 644, forward 2000',
    ])
  })

  it('of the hit says that the image function stayed at zero', () => {
    const recording = exampleRecording()
    expect(phaseSummary(recording, 'hit')).toEqual([
      'hit in 40 ms, the image function stayed at zero',
    ])
    recording.changes.splice(11, 0, changeAt(21_000, 'image', [1, 0, 0, 0]))
    expect(phaseSummary(recording, 'hit')).toEqual(['hit in 40 ms, the image function was started'])
  })

  it('does not take for a start what ran before', () => {
    const recording = exampleRecording()
    recording.changes.unshift(changeAt(0, 'api', [1, 1, 1, 1]), changeAt(0, 'image', [1, 1, 1, 1]))
    recording.changes = recording.changes.filter(({ atMs }) => atMs === 0 || atMs > 6000)
    recording.changes.splice(2, 2)
    expect(phaseSummary(recording, 'cold start').slice(0, 2)).toEqual([
      '     0 ms  request sent',
      '  4000 ms  answered',
    ])
    recording.changes = recording.changes.slice(0, 2)
    expect(phaseSummary(recording, 'hit')).toEqual([
      'hit in 40 ms, the image function was not at zero',
    ])
  })

  it('of the burst has figures, failures and when each further replica was ready', () => {
    expect(phaseSummary(exampleRecording(), 'burst')).toEqual([
      '91 results of 92 requests in 10.0 s, 9.1/s',
      'p50 100 ms, p99 800 ms',
      '1 overloaded',
      'api: 1 at first',
      'image: 0 at first, 1 after 0.5 s, 2 after 4.0 s',
    ])
  })

  it('of a wait for zero says when each was there, or that it is not', () => {
    const recording = exampleRecording()
    expect(phaseSummary(recording, 'image to zero')).toEqual(['api at 1, image at 0 after 14.0 s'])
    expect(phaseSummary(recording, 'silence')).toEqual([
      'api at zero 25.0 s after the last answer',
      'image at zero 11.0 s after the last answer',
    ])
    recording.changes.pop()
    expect(phaseSummary(recording, 'silence')[0]).toBe(
      'api is still at 1; is its min-scale above 0?',
    )
  })

  it('says of replicas nothing where they are not seen', () => {
    const recording = { ...exampleRecording(), seesReplicas: false, changes: [] }
    expect(phaseSummary(recording, 'cold start').slice(0, 2)).toEqual([
      '     0 ms  request sent',
      '  4000 ms  answered',
    ])
    expect(phaseSummary(recording, 'hit')).toEqual(['hit in 40 ms'])
    expect(phaseSummary(recording, 'burst')).toHaveLength(3)
    expect(phaseSummary(recording, 'silence')).toEqual(['26.0 s of silence'])
  })

  it('has nothing to say of a phase that did not begin', () => {
    const recording = exampleRecording()
    recording.phases.pop()
    expect(phaseSummary(recording, 'silence')).toEqual([])
  })
})
