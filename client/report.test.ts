import { describe, expect, it } from 'vitest'
import { doneLine, summaryLine } from './report.ts'
import type { Answer } from './service.ts'

const answer: Answer = {
  bytes: new Uint8Array(),
  format: 'jpeg',
  source: { width: 4032, height: 3024, format: 'jpeg', orientation: 1 },
  result: { width: 1024, height: 768, channels: 1, depth: 8 },
  geometry: { scaleX: 3.9375, scaleY: 3.9375, offsetX: 0, offsetY: 0 },
  elapsedMs: 84.7,
}

describe('doneLine()', () => {
  it('says what became of the file', () => {
    expect(doneLine('photo.jpg', answer, 'apply', 'out.jpg')).toBe(
      'photo.jpg  4032x3024 jpeg → 1024x768 jpeg, 1 channel, scaled, 85 ms → out.jpg',
    )
  })

  it.each(['by digest', 'uploaded'] as const)('says that the source came %s', (how) => {
    expect(doneLine('photo.jpg', answer, 'apply', 'out.jpg', how)).toBe(
      `photo.jpg  4032x3024 jpeg → 1024x768 jpeg, 1 channel, scaled, ${how}, 85 ms → out.jpg`,
    )
  })

  it('counts the channels', () => {
    const inColour = { ...answer, result: { ...answer.result, channels: 3 } }
    expect(doneLine('photo.jpg', inColour, 'apply', 'out.jpg')).toContain(', 3 channels, ')
  })

  const geometry = { scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0 }
  const source = { ...answer.source, width: 768, height: 1024, orientation: 6 }
  const turned = { ...answer, source, geometry }

  it('says that the size was left, with the source as it is seen', () => {
    expect(doneLine('photo.jpg', turned, 'apply', 'out.jpg')).toBe(
      'photo.jpg  1024x768 jpeg → 1024x768 jpeg, 1 channel, left at its size, 85 ms → out.jpg',
    )
  })

  it('says that nothing but the edges was changed', () => {
    const source = { ...answer.source, width: 1600, height: 1200 }
    expect(doneLine('photo.jpg', { ...answer, source, geometry }, 'apply', 'out.jpg')).toBe(
      'photo.jpg  1600x1200 jpeg → 1024x768 jpeg, 1 channel, cut or padded, 85 ms → out.jpg',
    )
  })

  it('says that a source was scaled whose result has its size again', () => {
    const source = { ...answer.source, width: 1024, height: 768 }
    expect(doneLine('photo.jpg', { ...answer, source }, 'apply', 'out.jpg')).toContain(', scaled, ')
  })

  it('takes the size as it is stored when the orientation was ignored', () => {
    const scaled = { ...turned, geometry: answer.geometry }
    expect(doneLine('photo.jpg', scaled, 'ignore', 'out.jpg')).toBe(
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
