import { demoChart } from './demo-chart.ts'
import type { Recording } from './demo-recording.ts'
import { PHASE_WORDS, phaseSummary } from './demo-summary.ts'

/** The run in one file that needs nothing else: the chart, and as a page also what was said of each phase. */
export function demoReport(recording: Recording, kind: 'svg' | 'html'): string {
  const chart = demoChart(recording)
  return kind === 'svg' ? chart : page(recording, chart)
}

function page(recording: Recording, chart: string): string {
  const phases = recording.phases.map(
    ({ name }) =>
      `<dt>${name}: ${PHASE_WORDS[name]}</dt>\n<dd>${phaseSummary(recording, name).map(toText).join('\n')}</dd>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>From zero up and back to zero</title>
<style>
body{margin:2rem auto;max-width:60rem;padding:0 1rem;font:16px/1.5 system-ui,sans-serif}
svg{width:100%;height:auto}dt{font-weight:600;margin-top:1rem}dd{margin:0;white-space:pre-wrap;font:13px/1.5 ui-monospace,monospace}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}}
</style>
<h1>From zero up and back to zero</h1>
${chart}
<dl>
${phases.join('\n')}
</dl>
</html>
`
}

/** What an answer says may be anything. */
function toText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
