import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createDemoView, demoFrame } from './demo-view.ts'
import { exampleRecording } from './test-recording.ts'

function makeStream(isTTY: boolean) {
  return Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 70 })
}

describe('createDemoView() without a terminal', () => {
  it('writes a line for each second in which something was', () => {
    const stdout = makeStream(false)
    const view = createDemoView(exampleRecording(), stdout)
    view.say('burst: distinct pictures')
    for (const nowMs of [22_000, 23_000, 25_000, 34_000]) view.tick(nowMs)
    view.stop()
    expect(stdout.read()).toBe(
      [
        'burst: distinct pictures',
        '00:22  api 1 of 1 wanted  image 0 of 0 wanted',
        '00:25  api 1 of 1 wanted  image 1 of 1 wanted  9/s  p50 100 ms  p99 100 ms  0 hits',
        '00:34  api 1 of 1 wanted  image 2 of 2 wanted  3/s  p50 100 ms  p99 800 ms  0 hits  1 failed',
        '',
      ].join('\n'),
    )
  })
})

describe('createDemoView() on a terminal', () => {
  it('draws the state anew in its place, and lines that stay above it', () => {
    const stdout = makeStream(true)
    const view = createDemoView(exampleRecording(), stdout)
    view.tick(23_000)
    view.tick(24_000)
    view.say('burst')
    view.stop()
    const frame = (nowMs: number) =>
      demoFrame(exampleRecording(), nowMs, 70)
        .map((line) => `${line}\n`)
        .join('')
    const away = '\x1b[7A\x1b[J'
    expect(stdout.read()).toBe(`${frame(23_000)}${away}${frame(24_000)}${away}burst\n`)
  })
})

describe('demoFrame()', () => {
  it('has a column for each second, as high as what was in it', () => {
    const lines = demoFrame(exampleRecording(), 28_000, 46)
    expect(lines).toEqual([
      '00:28  silence',
      'api       ██████████  1 of 1 wanted',
      'image     ▄     ▄▄▄█  2 of 2 wanted',
      'requests    ▁   ████  10/s',
      'p50         ▄   ████  100 ms',
      'p99         ▄   ████  100 ms',
      'hits        █         0/s',
    ])
  })

  it('leaves out replicas that are not seen', () => {
    const recording = { ...exampleRecording(), seesReplicas: false }
    expect(demoFrame(recording, 28_000, 80)).toHaveLength(5)
  })
})
