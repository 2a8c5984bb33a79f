import { describe, expect, it } from 'vitest'
import { doneLine, summaryLine } from './report.ts'
import type { Answer } from './service.ts'

const answer: Answer = {
  bytes: new Uint8Array(),
  format: 'jpeg',
  source: { width: 4032, height: 3024, format: 'jpeg', orientation: 1 },
  result: { width: 1024, height: 768, channels: 1, depth: 8 },
  elapsedMs: 84.7,
}

describe('doneLine()', () => {
  it('says what became of the file', () => {
    expect(doneLine('photo.jpg', answer, 'apply', 'out.jpg')).toBe(
      'photo.jpg  4032x3024 jpeg → 1024x768 jpeg, 1 channel, scaled, 85 ms → out.jpg',
    )
  })

  it('counts the channels', () => {
    const inColour = { ...answer, result: { ...answer.result, channels: 3 } }
    expect(doneLine('photo.jpg', inColour, 'apply', 'out.jpg')).toContain(', 3 channels, ')
  })

  const onItsSide = { ...answer, source: { ...answer.source, width: 768, height: 1024 } }
  const turned = { ...onItsSide, source: { ...onItsSide.source, orientation: 6 } }

  it('says that the size was left, with the source as it is seen', () => {
    expect(doneLine('photo.jpg', turned, 'apply', 'out.jpg')).toBe(
      'photo.jpg  1024x768 jpeg → 1024x768 jpeg, 1 channel, left at its size, 85 ms → out.jpg',
    )
  })

  it('takes the size as it is stored when the orientation was ignored', () => {
    expect(doneLine('photo.jpg', turned, 'ignore', 'out.jpg')).toBe(
      'photo.jpg  768x1024 jpeg → 1024x768 jpeg, 1 channel, scaled, 85 ms → out.jpg',
    )
  })
})

describe('summaryLine()', () => {
  it('counts what is done and what failed', () => {
    expect(summaryLine(['done', 'failed', 'done'], 1234)).toBe('2 done, 1 failed, 1.2 s')
  })

  it('counts what was stopped first, when there is any', () => {
    expect(summaryLine(['done', 'not finished'], 40)).toBe(
      '1 done, 0 failed, 1 not finished, 0.0 s',
    )
  })
})
