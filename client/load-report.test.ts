import { describe, expect, it } from 'vitest'
import type { Exchange } from './exchange.ts'
import { parseLoadArguments } from './load-arguments.ts'
import { type LoadRun, loadHeadline, loadReport, loadReportJson } from './load-report.ts'
import { createTally } from './tally.ts'

function exchange(different: Partial<Exchange>): Exchange {
  return { dueMs: 1000, endedMs: 1100, outcome: 'ok', timings: new Map(), ...different }
}

function runOf(exchanges: Exchange[], args: string[] = [], notFinished = 0): LoadRun {
  const tally = createTally()
  for (const each of exchanges) tally.record(each)
  const pictures = { name: 'JPEG 1600x1200', bytes: 500_000 }
  return { asked: parseLoadArguments(args), pictures, tally, elapsedMs: 2000, notFinished }
}

const MIXED = [
  exchange({
    cache: 'miss',
    timings: new Map([
      ['api-start', 812.4],
      ['image-start', 644.6],
    ]),
  }),
  exchange({ cache: 'miss', endedMs: 1050, timings: new Map([['image-start', 601]]) }),
  exchange({ cache: 'hit', endedMs: 1004.5 }),
  exchange({ outcome: 'overloaded', retryAfter: true, endedMs: 1030 }),
  exchange({ outcome: 'overloaded', retryAfter: false }),
  exchange({ outcome: 'ECONNRESET' }),
]

describe('loadHeadline()', () => {
  it('says what is sent where', () => {
    const pictures = { name: 'a.jpg', bytes: 1_240_000 }
    const flags = '--host b --rate 20 --preset clip-224 --duration 30'.split(' ')
    expect(loadHeadline(parseLoadArguments(flags), pictures)).toBe(
      'http://localhost:8080/image?preset=clip-224 of b: distinct pictures, a.jpg of 1.2 MB, ' +
        '20/s for 30 s',
    )
  })
})

describe('loadReport()', () => {
  it('counts outcomes, refusals, cache uses and cold starts, and draws the latencies of results', () => {
    expect(loadReport(runOf(MIXED, [], 2))).toEqual([
      '6 requests in 2.0 s, 3/s, 1.5 MB/s sent, 2 not finished',
      '  ok          3',
      '  overloaded  2  1 of them with Retry-After',
      '  ECONNRESET  1',
      'cache: 1 hit, 2 miss, 0 collapsed',
      'cold starts: api 1 (812 ms); image 2 (645 ms, 601 ms)',
      'latency of refusals: p50 30 ms, p90 100 ms, p99 100 ms, p99.9 100 ms, max 100 ms',
      'latency of results: p50 50 ms, p90 100 ms, p99 100 ms, p99.9 100 ms, max 100 ms',
      `  ≤     5 ms  ${'█'.repeat(40)} 1`,
      '  ≤     7 ms  0',
      '  ≤    10 ms  0',
      '  ≤    15 ms  0',
      '  ≤    20 ms  0',
      '  ≤    30 ms  0',
      `  ≤    50 ms  ${'█'.repeat(40)} 1`,
      '  ≤    70 ms  0',
      `  ≤   100 ms  ${'█'.repeat(40)} 1`,
    ])
  })

  it('has little to say when there was no result', () => {
    expect(loadReport(runOf([exchange({ outcome: 'HTTP 404' })]))).toEqual([
      '1 requests in 2.0 s, 0.5/s, 0.3 MB/s sent',
      '  HTTP 404  1',
      'cold starts: none seen',
    ])
  })
})

describe('loadReportJson()', () => {
  it('has the same for programs', () => {
    expect(loadReportJson(runOf(MIXED, ['--rate', '3']))).toMatchObject({
      url: 'http://localhost:8080',
      query: '',
      rate: 3,
      pictures: { kind: 'distinct', name: 'JPEG 1600x1200', bytes: 500_000 },
      requests: 6,
      results: 3,
      resultsPerSecond: 1.5,
      outcomes: { ok: 3, overloaded: 2, ECONNRESET: 1 },
      refusals: { overloaded: { withRetryAfter: 1, without: 1 } },
      cache: { hit: 1, miss: 2, collapsed: 0 },
      coldStarts: { api: [812.4], image: [644.6, 601] },
      refusalLatencyMs: { p50: expect.closeTo(30, 0), max: expect.closeTo(100, 0) },
      latencyMs: { p50: expect.closeTo(50, 0), max: expect.closeTo(100, 0) },
    })
  })
})
