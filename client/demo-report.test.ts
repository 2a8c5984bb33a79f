import { describe, expect, it } from 'vitest'
import { demoReport } from './demo-report.ts'
import { exampleRecording, exchangeAt } from './test-recording.ts'

describe('demoReport() as svg', () => {
  it('has every phase, both functions, and each step of the cold start', () => {
    const svg = demoReport(exampleRecording(), 'svg')
    for (const { name } of exampleRecording().phases) expect(svg).toContain(`>${name}</text>`)
    expect(svg).toContain('>replicas of api: ready, and dashed wanted</text>')
    expect(svg).toContain('>replicas of image: ready, and dashed wanted</text>')
    expect(svg).toContain('>image containers started</text>')
    expect(svg).toContain('the cold start: 4000 ms from the request to its result')
  })

  it('draws replicas as steps over the whole axis', () => {
    const svg = demoReport(exampleRecording(), 'svg')
    expect(svg).toContain('<path class="curve image" d="M64 84H')
    expect(svg).toMatch(/<path class="curve image" d="[^"]*H936"/)
  })

  it('needs nothing else, and is light or dark as the reader has it', () => {
    const svg = demoReport(exampleRecording(), 'svg')
    expect(svg).not.toMatch(/href|url\(|@import|<script/)
    expect(svg).toContain('@media(prefers-color-scheme:dark)')
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('can be drawn of a demo that was stopped at once, and of one without replicas', () => {
    const recording = exampleRecording()
    const nothing = { ...recording, endMs: 0, phases: [], changes: [], exchanges: [] }
    for (const each of [nothing, { ...recording, changes: [] }]) {
      expect(demoReport(each, 'svg')).not.toMatch(/NaN|undefined|Infinity|replicas/)
    }
  })
})

describe('demoReport() as html', () => {
  it('has the chart and what was said of each phase', () => {
    const html = demoReport(exampleRecording(), 'html')
    expect(html).toContain('<svg xmlns')
    expect(html).toContain('hit in 40 ms, the image function stayed at zero')
  })

  it('does not take what an answer says for markup', () => {
    const recording = exampleRecording()
    recording.exchanges.push(exchangeAt(33_000, { outcome: '<script>' }))
    expect(demoReport(recording, 'html')).not.toContain('<script>')
  })
})
