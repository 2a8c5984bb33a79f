import { FUNCTION_NAMES } from './answer-headers.ts'
import type { Surroundings } from './command.ts'
import { countsAt, figuresOf, type Recording } from './demo-recording.ts'
import type { Counts } from './kube-state.ts'
import { readableMs } from './load-report.ts'
import { oneLine } from './one-line.ts'

/** What is to be seen of a demo while it runs. */
export type DemoView = {
  /** A line that stays. */
  say: (line: string) => void
  /** The state now; called every second. */
  tick: (nowMs: number) => void
  /** Takes away what does not stay. */
  stop: () => void
}

/** On a terminal a few lines that are drawn anew each second, else a line for each second in which something was. */
export function createDemoView(recording: Recording, stdout: Surroundings['stdout']): DemoView {
  return stdout.isTTY ? liveView(recording, stdout) : plainView(recording, stdout)
}

function plainView(recording: Recording, stdout: Surroundings['stdout']): DemoView {
  let lastReplicas = ''
  return {
    say: (line) => stdout.write(oneLine(line)),
    tick(nowMs) {
      const replicas = recording.seesReplicas
        ? FUNCTION_NAMES.map(
            (name) => `${name} ${readableCounts(countsAt(recording, name, nowMs))}`,
          )
        : []
      const figures = figuresLine(recording, nowMs)
      if (!figures && replicas.join() === lastReplicas) return
      lastReplicas = replicas.join()
      stdout.write(
        oneLine([sinceStart(recording, nowMs), ...replicas, figures].join('  ').trimEnd()),
      )
    },
    stop: () => {},
  }
}

function liveView(recording: Recording, stdout: Surroundings['stdout']): DemoView {
  let drawn = 0
  const erase = () => {
    // Up to the first of the drawn lines, and away with all below.
    if (drawn > 0) stdout.write(`\x1b[${drawn}A\x1b[J`)
    drawn = 0
  }
  return {
    say(line) {
      erase()
      stdout.write(oneLine(line))
    },
    tick(nowMs) {
      const lines = demoFrame(recording, nowMs, stdout.columns ?? 80)
      erase()
      stdout.write(lines.map(oneLine).join(''))
      drawn = lines.length
    },
    stop: erase,
  }
}

/** The state of a demo as lines of at most this many columns: a column of each curve is a second. */
export function demoFrame(recording: Recording, nowMs: number, columns: number): string[] {
  const history = Math.max(1, Math.min(columns - LABEL_WIDTH - VALUE_WIDTH, MAX_HISTORY))
  const ends = Array.from({ length: history }, (_, at) => nowMs - (history - 1 - at) * 1000)
  const curve = (label: string, values: number[], value: string) =>
    `${label.padEnd(LABEL_WIDTH)}${sparkline(values)}  ${value}`.slice(0, columns)
  // They are looked through for each second.
  const exchanges = recording.exchanges.filter(({ endedMs }) => endedMs >= nowMs - history * 1000)
  const recent = { ...recording, exchanges }
  const each = ends.map((end) => figuresOf(recent, end - 1000, end))
  const now = each.at(-1)
  const phase = recording.phases.at(-1)?.name ?? ''
  return [
    `${sinceStart(recording, nowMs)}  ${phase}`.slice(0, columns),
    ...(recording.seesReplicas ? FUNCTION_NAMES : []).map((name) =>
      curve(
        name,
        ends.map((end) => countsAt(recording, name, end).ready),
        readableCounts(countsAt(recording, name, nowMs)),
      ),
    ),
    curve(
      'requests',
      each.map(({ requests }) => requests),
      `${now?.requests ?? 0}/s`,
    ),
    curve(
      'p50',
      each.map(({ p50Ms }) => p50Ms ?? 0),
      readableLatency(now?.p50Ms),
    ),
    curve(
      'p99',
      each.map(({ p99Ms }) => p99Ms ?? 0),
      readableLatency(now?.p99Ms),
    ),
    curve(
      'hits',
      each.map(({ hits }) => hits),
      `${now?.hits ?? 0}/s`,
    ),
  ]
}

const LABEL_WIDTH = 10
const VALUE_WIDTH = 26
const MAX_HISTORY = 120

const LEVELS = ' ▁▂▃▄▅▆▇█'

/** One column for each value, the highest as high as a line; anything above nothing is to be seen. */
function sparkline(values: number[]): string {
  const most = Math.max(...values, Number.MIN_VALUE)
  return values.map((value) => LEVELS[Math.ceil((value / most) * (LEVELS.length - 1))]).join('')
}

function figuresLine(recording: Recording, nowMs: number): string {
  const { requests, results, hits, p50Ms, p99Ms } = figuresOf(recording, nowMs - 1000, nowMs)
  if (requests === 0) return ''
  const failures = requests - results
  return [
    `${requests}/s`,
    `p50 ${readableLatency(p50Ms)}`,
    `p99 ${readableLatency(p99Ms)}`,
    `${hits} hits`,
    ...(failures > 0 ? [`${failures} failed`] : []),
  ].join('  ')
}

function readableCounts({ ready, wanted }: Counts): string {
  return `${ready} of ${wanted} wanted`
}

function readableLatency(ms: number | undefined): string {
  return ms === undefined ? '–' : readableMs(ms)
}

function sinceStart({ startMs }: Recording, nowMs: number): string {
  const total = Math.max(0, Math.floor((nowMs - startMs) / 1000))
  const [minutes, rest] = [Math.floor(total / 60), total % 60]
  return `${String(minutes).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}
