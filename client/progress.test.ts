import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createProgress } from './progress.ts'

function makeStream(isTTY: boolean) {
  return Object.assign(new PassThrough({ encoding: 'utf8' }), { isTTY, columns: 100 })
}

function makeStreams(terminals: { stdout: boolean; stderr: boolean }) {
  return { stdout: makeStream(terminals.stdout), stderr: makeStream(terminals.stderr) }
}

describe('createProgress()', () => {
  it('writes plain lines where there is no terminal', () => {
    const streams = makeStreams({ stdout: false, stderr: false })
    const progress = createProgress(2, streams)
    progress.done('a is done')
    progress.failed('b has failed')
    progress.stop()
    expect(streams.stdout.read()).toBe('a is done\n')
    expect(streams.stderr.read()).toBe('b has failed\n')
  })

  it('shows no bar for one file', () => {
    const streams = makeStreams({ stdout: true, stderr: true })
    const progress = createProgress(1, streams)
    progress.done('a is done')
    progress.stop()
    expect(streams.stdout.read()).toBe('a is done\n')
    expect(streams.stderr.read()).toBe(null)
  })

  it('shows the lines above a bar on a terminal, every one of them', () => {
    const streams = makeStreams({ stdout: true, stderr: true })
    const progress = createProgress(2, streams)
    progress.done('a is done')
    progress.failed('b has failed')
    progress.stop()
    const shown = String(streams.stderr.read())
    expect(shown).toContain('a is done\nb has failed\n')
    expect(shown).toContain('2/2')
    expect(streams.stdout.read()).toBe(null)
  })

  it('writes what is done to standard output when only that is no terminal', () => {
    const streams = makeStreams({ stdout: false, stderr: true })
    const progress = createProgress(2, streams)
    progress.done('a is done')
    progress.stop()
    expect(streams.stdout.read()).toBe('a is done\n')
    expect(String(streams.stderr.read())).toContain('1/2')
  })
})
