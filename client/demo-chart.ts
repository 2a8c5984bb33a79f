import { FUNCTION_NAMES, type FunctionName } from './answer-headers.ts'
import { coldStartOf } from './cold-start.ts'
import { type PhasePlace, placePhases } from './demo-phase-names.ts'
import { changesOf, type Figures, figuresOf, type Recording } from './demo-recording.ts'
import { readableMs } from './load-report.ts'

/**
 * A demo as an SVG that needs nothing else: over one axis of time the phases, the replicas of each function,
 * requests each second and latencies; below the cold start step by step. Light or dark as the reader has it.
 */
export function demoChart(recording: Recording): string {
  const panels = [
    ...(recording.changes.length > 0 ? FUNCTION_NAMES.map(replicasPanel) : []),
    requestsPanel,
    latencyPanel,
  ]
  const axis = timeAxis(recording)
  const phases = placePhases(recording, axis.x)
  const bandsTop = bandsTopOf(phases)
  const top = bandsTop + TITLE_ROOM
  const bottom = top + panels.length * PANEL_STEP - PANEL_GAP
  const coldStart = coldStartPart(recording, bottom + COLD_START_GAP)
  const height = bottom + COLD_START_GAP + coldStart.height
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    '<title>From zero up and back to zero</title>',
    STYLE,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    ...phaseBands(phases, bandsTop, bottom),
    ...panels.flatMap((panel, at) => [
      `<g transform="translate(0 ${top + at * PANEL_STEP})">`,
      ...panel(recording, axis),
      '</g>',
    ]),
    ...timeTicks(axis, bottom),
    ...coldStart.parts,
    '</svg>',
    '',
  ].join('\n')
}

const WIDTH = 960
const LEFT = 64
const RIGHT = 24
/** From the top of the bands to the first panel, whose title stands above it. */
const TITLE_ROOM = 26
const PANEL_HEIGHT = 84
const PANEL_GAP = 34
const PANEL_STEP = PANEL_HEIGHT + PANEL_GAP
const COLD_START_GAP = 64

const STYLE = `<style>
svg{--ground:#fff;--ink:#24292f;--soft:#57606a;--line:#d0d7de;--band:#f3f5f7;--api:#0969da;--image:#bc4c00;--good:#1a7f37;--hit:#8250df;--bad:#cf222e;font:12px system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
@media(prefers-color-scheme:dark){svg{--ground:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#3d444d;--band:#161b22;--api:#58a6ff;--image:#f0883e;--good:#3fb950;--hit:#bc8cff;--bad:#ff7b72}}
.ground{fill:var(--ground)}.band{fill:var(--band)}.rule{stroke:var(--line);fill:none}
text{fill:var(--soft)}.head{fill:var(--ink);font-weight:600}.end{text-anchor:end}.mid{text-anchor:middle}
.curve{fill:none;stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:3 3;stroke-width:1.5}
.api{stroke:var(--api)}.image{stroke:var(--image)}.good{stroke:var(--good)}.p99{stroke:var(--image)}.p50{stroke:var(--api)}
.fill-api{fill:var(--api)}.fill-image{fill:var(--image)}.fill-good{fill:var(--good)}.fill-hit{fill:var(--hit)}.fill-bad{fill:var(--bad)}.fill-soft{fill:var(--soft)}
</style>`

type Axis = { x: (atMs: number) => number; startMs: number; totalMs: number }
type Panel = (recording: Recording, axis: Axis) => string[]

function timeAxis({ startMs, endMs }: Recording): Axis {
  const totalMs = Math.max(1000, endMs - startMs)
  const x = (atMs: number) => round(LEFT + ((atMs - startMs) / totalMs) * (WIDTH - LEFT - RIGHT))
  return { x, startMs, totalMs }
}

/** A band for every other phase, and for each its name with a rule from there down. */
function phaseBands(phases: PhasePlace[], bandsTop: number, bottom: number): string[] {
  return phases.flatMap(({ name, from, to, line }, at) => {
    const y = FIRST_LINE + line * LINE_HEIGHT
    const band = `<rect class="band" x="${from}" y="${bandsTop}" width="${round(to - from)}" height="${bottom - bandsTop}"/>`
    return [
      ...(at % 2 === 0 ? [band] : []),
      `<line class="rule" x1="${from}" x2="${from}" y1="${y - 10}" y2="${bottom}"/>`,
      `<text class="head" x="${from + 4}" y="${y}">${name}</text>`,
    ]
  })
}

const FIRST_LINE = 12
const LINE_HEIGHT = 14

function bandsTopOf(phases: PhasePlace[]): number {
  return FIRST_LINE + Math.max(0, ...phases.map(({ line }) => line)) * LINE_HEIGHT + 6
}

const TICK_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600]
const MAX_TICKS = 14

function timeTicks({ x, startMs, totalMs }: Axis, bottom: number): string[] {
  const step = TICK_SECONDS.find((seconds) => totalMs / 1000 / seconds <= MAX_TICKS) ?? 3600
  const ticks = Array.from({ length: Math.floor(totalMs / 1000 / step) + 1 }, (_, at) => at * step)
  return ticks.map(
    (seconds) =>
      `<text class="mid" x="${x(startMs + seconds * 1000)}" y="${bottom + 18}">${seconds} s</text>`,
  )
}

function replicasPanel(name: FunctionName): Panel {
  return (recording, { x }) => {
    const changes = changesOf(recording, name)
    const most = Math.max(1, ...changes.map(({ counts }) => Math.max(counts.wanted, counts.ready)))
    const y = linear(most)
    const steps = (stage: 'wanted' | 'ready') => {
      const path = changes.map(({ atMs, counts }, at) =>
        at === 0 ? `M${x(atMs)} ${y(counts[stage])}` : `H${x(atMs)}V${y(counts[stage])}`,
      )
      return `${path.join('')}H${x(recording.endMs)}`
    }
    return [
      ...frame(`replicas of ${name}: ready, and dashed wanted`, [0, most], y, String),
      `<path class="curve dashed ${name}" d="${steps('wanted')}"/>`,
      `<path class="curve ${name}" d="${steps('ready')}"/>`,
    ]
  }
}

const requestsPanel: Panel = (recording, axis) => {
  const { step, bins } = binsOf(recording, axis)
  const rate = (count: number) => (count * 1000) / step
  const most = Math.max(1, ...bins.map(({ requests }) => rate(requests)))
  const y = linear(most)
  const width = Math.max(1, round((axis.x(axis.startMs + step) - LEFT) * 0.86))
  const bar = (fromMs: number, below: number, count: number, kind: string) =>
    count === 0
      ? []
      : [
          `<rect class="fill-${kind}" x="${axis.x(fromMs)}" y="${y(rate(below + count))}" width="${width}" height="${round(Math.max(1, y(rate(below)) - y(rate(below + count))))}"/>`,
        ]
  return [
    ...frame('requests each second', [0, most], y, (value) => String(Math.round(value * 10) / 10)),
    ...legend([
      ['good', 'made'],
      ['hit', 'hit'],
      ['bad', 'failed'],
    ]),
    ...bins.flatMap(({ fromMs, requests, results, hits }) => [
      ...bar(fromMs, 0, results - hits, 'good'),
      ...bar(fromMs, results - hits, hits, 'hit'),
      ...bar(fromMs, results, requests - results, 'bad'),
    ]),
  ]
}

const latencyPanel: Panel = (recording, axis) => {
  const { step, bins } = binsOf(recording, axis)
  const all = bins.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms].filter((ms) => ms !== undefined))
  const decades = [Math.min(...all, 100), Math.max(...all, 100)].map(Math.log10)
  const lowest = Math.floor(decades[0] ?? 1)
  const highest = Math.max(lowest + 1, Math.ceil(decades[1] ?? 3))
  const y = (ms: number) =>
    round(PANEL_HEIGHT * (1 - (Math.log10(Math.max(ms, 0.1)) - lowest) / (highest - lowest)))
  const marks = Array.from({ length: highest - lowest + 1 }, (_, at) => 10 ** (lowest + at))
  return [
    ...frame('latency of results', marks, y, (ms) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`)),
    ...legend([
      ['api', 'p50'],
      ['image', 'p99'],
    ]),
    ...(['p99', 'p50'] as const).flatMap((name) =>
      curves(bins, (bin) => (name === 'p50' ? bin.p50Ms : bin.p99Ms)).map((points) =>
        latencyCurve(
          points.map(({ fromMs, value }) => [axis.x(fromMs + step / 2), y(value)]),
          name,
        ),
      ),
    ),
  ]
}

function latencyCurve(points: [x: number, y: number][], name: 'p50' | 'p99'): string {
  const [first] = points
  if (points.length === 1 && first) {
    return `<circle class="fill-${name === 'p50' ? 'api' : 'image'}" cx="${first[0]}" cy="${first[1]}" r="3"/>`
  }
  return `<path class="curve ${name}" d="M${points.map((point) => point.join(' ')).join('L')}"/>`
}

type Bin = Figures & { fromMs: number }

/** A bar for each second, or for several where there would be more than are to be told apart. */
const MAX_BINS = 400

function binsOf(recording: Recording, { startMs, totalMs }: Axis): { step: number; bins: Bin[] } {
  const step = Math.ceil(totalMs / 1000 / MAX_BINS) * 1000
  const bins = Array.from({ length: Math.ceil(totalMs / step) }, (_, at) => {
    const fromMs = startMs + at * step
    return { fromMs, ...figuresOf(recording, fromMs, fromMs + step) }
  })
  return { step, bins }
}

/** A curve for each stretch in which there are values. */
function curves(
  bins: Bin[],
  pick: (bin: Bin) => number | undefined,
): { fromMs: number; value: number }[][] {
  const found: { fromMs: number; value: number }[][] = [[]]
  for (const bin of bins) {
    const value = pick(bin)
    if (value === undefined) found.push([])
    else found.at(-1)?.push({ fromMs: bin.fromMs, value })
  }
  return found.filter((points) => points.length > 0)
}

function linear(most: number): (value: number) => number {
  return (value) => round(PANEL_HEIGHT * (1 - value / most))
}

function frame(
  title: string,
  marks: number[],
  y: (value: number) => number,
  say: (value: number) => string,
): string[] {
  return [
    `<text class="head" x="${LEFT}" y="-8">${title}</text>`,
    ...marks.flatMap((mark) => [
      `<line class="rule" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(mark)}" y2="${y(mark)}"/>`,
      `<text class="end" x="${LEFT - 6}" y="${y(mark) + 4}">${say(mark)}</text>`,
    ]),
  ]
}

function legend(entries: [kind: string, word: string][]): string[] {
  const from = WIDTH - RIGHT - entries.length * 60
  return entries.flatMap(([kind, word], at) => [
    `<rect class="fill-${kind}" x="${from + at * 60}" y="-17" width="10" height="10"/>`,
    `<text x="${from + at * 60 + 14}" y="-8">${word}</text>`,
  ])
}

const ROW_HEIGHT = 20
const STEP_LEFT = 190

/** A row for each step of the cold start, from the step before to when it was there. */
function coldStartPart(recording: Recording, top: number): { parts: string[]; height: number } {
  const coldStart = coldStartOf(recording)
  if (!coldStart) return { parts: [], height: 0 }
  const { steps, exchange } = coldStart
  const lastMs = Math.max(...steps.map(({ afterMs }) => afterMs))
  const x = (ms: number) => round(STEP_LEFT + (ms / lastMs) * (WIDTH - STEP_LEFT - RIGHT - 70))
  const rows = steps.map(({ what, name, afterMs }, at) => {
    const y = 14 + at * ROW_HEIGHT
    const fromMs = steps[at - 1]?.afterMs ?? 0
    const width = Math.max(2, round(x(afterMs) - x(fromMs)))
    return [
      `<text class="end" x="${STEP_LEFT - 8}" y="${y + 11}">${what}</text>`,
      `<rect class="fill-${name ?? 'good'}" x="${x(fromMs)}" y="${y + 2}" width="${width}" height="11" rx="2"/>`,
      `<text x="${x(fromMs) + width + 6}" y="${y + 11}">${readableMs(afterMs)}</text>`,
    ].join('')
  })
  const tookMs = exchange.endedMs - exchange.dueMs
  return {
    parts: [
      `<g transform="translate(0 ${top})">`,
      `<text class="head" x="${LEFT}" y="0">the cold start: ${readableMs(tookMs)} from the request to its result; when each step was reached, in ms from the request</text>`,
      ...rows,
      '</g>',
    ],
    height: 14 + steps.length * ROW_HEIGHT + 16,
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
