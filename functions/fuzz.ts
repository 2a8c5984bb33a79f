/**
 * Sends bad bytes to both functions over HTTP: damaged pictures of every format (or of a folder)
 * from a seed, or the files of a folder as they are.
 *
 *     node functions/fuzz.ts --seed 1 --inputs 20000 [--from FOLDER]
 *     node functions/fuzz.ts --files FOLDER
 *     node functions/fuzz.ts --minutes 10
 *
 * The last sends whole ones in turn with damaged ones, for the memory after the first two minutes.
 *
 * Exits 1 when one of them was answered 5xx other than `overloaded`, or not at all, or when a function
 * ended; what caused it is kept in a folder (`--save`).
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { damagedInputs, filesAsTheyAre, mixedInputs } from './fuzz-inputs.ts'
import { fuzz, type MemorySample } from './fuzz-service.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    inputs: { type: 'string', default: '20000' },
    from: { type: 'string' },
    files: { type: 'string' },
    minutes: { type: 'string' },
    'in-flight': { type: 'string', default: '4' },
    save: { type: 'string', default: join(tmpdir(), 'fuzz') },
  },
})

const { files, minutes, save } = values
const seed = Number(values.seed)
const inputs = files
  ? filesAsTheyAre(files)
  : minutes
    ? mixedInputs(seed, Number(minutes))
    : damagedInputs(seed, Number(values.inputs), values.from)
const startMs = performance.now()
const report = await fuzz(inputs, { inFlight: Number(values['in-flight']), folder: save })

const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
console.log(`${report.inputs} inputs in ${seconds} s (${files ?? `seed ${values.seed}`})`)
for (const [kind, times] of Object.entries(report.counts).toSorted(([, a], [, b]) => b - a)) {
  console.log(`${String(times).padStart(7)}  ${kind}`)
}
console.log(`slowest: ${report.slowest.ms.toFixed(0)} ms (${report.slowest.name})`)
for (const name of ['image', 'api'] as const) {
  const of = report.memory.map((sample) => sample[name])
  const at = (part: number) => of[Math.floor(part * (of.length - 1))]?.toFixed(0)
  console.log(
    `${name}: ${at(0.1)} MB after a tenth of the time, ${at(0.5)} after half, ${at(1)} at the end, peak ` +
      report.peakMb[name].toFixed(0),
  )
  const later = report.memory.filter(({ seconds }) => seconds > 120)
  if (later.length > 10)
    console.log(`  after two minutes ${slope(later, name).toFixed(2)} MB a minute`)
}
for (const crash of report.crashes) console.log(`ended: ${crash}`)
for (const bad of report.bad) console.log(`bad: ${bad}`)
if (report.bad.length > 0) console.log(`kept in ${save}`)
console.log(`${report.bad.length} bad answers, ${report.crashes.length} crashes`)
process.exitCode = report.bad.length + report.crashes.length > 0 ? 1 : 0

/** By how many megabytes memory grows in a minute: least squares. */
function slope(samples: MemorySample[], name: 'image' | 'api'): number {
  const mean = (values: number[]) => values.reduce((sum, each) => sum + each, 0) / values.length
  const minute = mean(samples.map(({ seconds }) => seconds / 60))
  const megabytes = mean(samples.map((sample) => sample[name]))
  const off = samples.map((sample) => [sample.seconds / 60 - minute, sample[name] - megabytes])
  return mean(off.map(([x = 0, y = 0]) => x * y)) / mean(off.map(([x = 0]) => x * x))
}
