/**
 * Sends bad bytes to both functions over HTTP: damaged pictures of every format (or of a folder)
 * from a seed, or the files of a folder as they are.
 *
 *     node functions/fuzz.ts --seed 1 --inputs 20000 [--from FOLDER]
 *     node functions/fuzz.ts --files FOLDER
 *
 * Sends all of them, and exits 1 when one was answered with anything but a result or a refusal of its bytes
 * (or `overloaded`), later than after two seconds, or not at all; when none was accepted; when a function
 * ended, or took or kept too much memory. What caused a bad answer is kept in a folder (`--save`).
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { damagedInputs, filesAsTheyAre } from './fuzz-inputs.ts'
import { fuzz } from './fuzz-service.ts'
import { failuresOf } from './fuzz-verdict.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    inputs: { type: 'string', default: '20000' },
    from: { type: 'string' },
    files: { type: 'string' },
    'in-flight': { type: 'string', default: '4' },
    save: { type: 'string', default: join(tmpdir(), 'fuzz') },
  },
})

const { files, save } = values
const inputs = files
  ? filesAsTheyAre(files)
  : damagedInputs(Number(values.seed), Number(values.inputs), values.from)
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
    `${name}: ${at(0.1)} MB after a tenth of the time, ${at(0.5)} after half, ` +
      `${report.restMb[name].toFixed(0)} at the end, peak ${report.peakMb[name].toFixed(0)}`,
  )
}
for (const crash of report.crashes) console.log(`ended: ${crash}`)
for (const bad of report.bad) console.log(`bad: ${bad}`)
if (report.bad.length > 0) console.log(`kept in ${save}`)
const failures = failuresOf(report)
console.log(failures.length > 0 ? `failed: ${failures.join('; ')}` : 'passed')
process.exitCode = failures.length > 0 ? 1 : 0
