import { describe, expect, it } from 'vitest'
import { freshnessOf, MAX_FRESH_MS, shortest } from './source-freshness.ts'

const NOW_MS = Date.parse('Wed, 25 Nov 2026 12:00:00 GMT')

function freshSeconds(headers: Record<string, string>): number | undefined {
  const freshness = freshnessOf(headers, NOW_MS)
  return freshness && freshness.freshMs / 1000
}

describe('freshnessOf()', () => {
  it.each([
    ['max-age=60', 60],
    ['public, Max-Age=60', 60],
    ['max-age="60"', 60],
    ['max-age=60, must-revalidate, stale-while-revalidate=600', 60],
    ['max-age=60,s-maxage=10', 10],
    ['s-maxage=60, max-age=0', 60],
    ['max-age=0', 0],
    ['immutable', 0],
    ['public', 0],
    ['no-cache, max-age=60', 0],
    ['No-Cache="Set-Cookie", max-age=60', 0],
    // What contradicts itself or is no number is stale.
    ['max-age=60, max-age=600', 0],
    ['max-age=60, max-age=60', 60],
    ['max-age=-1', 0],
    ['max-age=1e9', 0],
    ['max-age=', 0],
    ['max-age', 0],
    ['max-age=99999999999999999999', 0],
    ['x-max-age=60', 0],
    ['max-age=9999999999', MAX_FRESH_MS / 1000],
    ['max-age=31536000, immutable', MAX_FRESH_MS / 1000],
  ])('of Cache-Control: %s is %i s', (header, seconds) => {
    expect(freshSeconds({ 'cache-control': header })).toBe(seconds)
  })

  it.each([
    { 'cache-control': 'no-store' },
    { 'cache-control': 'max-age=60, No-Store' },
    { 'cache-control': 'private, max-age=60' },
    { 'cache-control': 'private="x", max-age=60' },
    { 'cache-control': 'max-age=60', vary: '*' },
    { 'cache-control': 'max-age=60', vary: 'Accept, *' },
  ])('of %j is that it may not be remembered', (headers) => {
    expect(freshnessOf(headers, NOW_MS)).toBeUndefined()
  })

  it('of nothing is none: nothing is guessed from Last-Modified', () => {
    expect(freshSeconds({})).toBe(0)
    expect(freshSeconds({ 'last-modified': 'Wed, 25 Nov 2020 12:00:00 GMT' })).toBe(0)
  })

  it('is less by the time that it was kept on the way', () => {
    const headers = { 'cache-control': 'max-age=60' }
    expect(freshSeconds({ ...headers, age: '20' })).toBe(40)
    expect(freshSeconds({ ...headers, age: '61' })).toBe(0)
    expect(freshSeconds({ ...headers, age: 'x' })).toBe(0)
  })

  it.each([
    ['Wed, 25 Nov 2026 12:01:00 GMT', {}, 60],
    ['Wed, 25 Nov 2026 12:01:00 GMT', { date: 'Wed, 25 Nov 2026 12:00:30 GMT' }, 30],
    ['Wed, 25 Nov 2026 12:01:00 GMT', { date: 'then' }, 60],
    ['Wed, 25 Nov 2026 11:00:00 GMT', {}, 0],
    ['0', {}, 0],
    ['-1', {}, 0],
    ['Wed, 25 Nov 2026 12:01:00 GMT', { 'cache-control': 'max-age=10' }, 10],
  ])('of Expires: %s with %j is %i s', (expires, headers, seconds) => {
    expect(freshSeconds({ expires, ...headers })).toBe(seconds)
  })
})

describe('shortest()', () => {
  it('is that of what changes first', () => {
    expect(shortest([{ freshMs: 2 }, { freshMs: 1 }, { freshMs: 3 }])).toEqual({ freshMs: 1 })
    expect(shortest([{ freshMs: 2 }])).toEqual({ freshMs: 2 })
  })

  it('is none where one of them may not be remembered', () => {
    expect(shortest([{ freshMs: 2 }, undefined])).toBeUndefined()
    expect(shortest([undefined, { freshMs: 2 }])).toBeUndefined()
  })
})
