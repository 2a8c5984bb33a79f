/**
 * Sends bad bytes to both functions over HTTP: damaged pictures of every format from a seed, or the files
 * of a folder as they are.
 *
 *     node functions/fuzz.ts --seed 1 --inputs 20000
 *     node functions/fuzz.ts --files FOLDER
 *
 * Exits 1 when one of them was answered 5xx other than `overloaded`, or not at all, or when a function
 * ended; what caused it is kept in a folder (`--save`).
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { damagedInputs, filesAsTheyAre, filesIn } from './fuzz-inputs.ts'
import { fuzz } from './fuzz-service.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    inputs: { type: 'string', default: '20000' },
    files: { type: 'string' },
    'in-flight': { type: 'string', default: '4' },
    save: { type: 'string', default: join(tmpdir(), 'fuzz') },
  },
})

const { files, save } = values
const count = files ? filesIn(files).length : Number(values.inputs)
const inputs = files ? filesAsTheyAre(files) : damagedInputs(Number(values.seed), count)
const startMs = performance.now()
const report = await fuzz(inputs, count, { inFlight: Number(values['in-flight']), folder: save })

const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
console.log(`${report.inputs} inputs in ${seconds} s (${files ?? `seed ${values.seed}`})`)
for (const [kind, times] of Object.entries(report.counts).toSorted(([, a], [, b]) => b - a)) {
  console.log(`${String(times).padStart(7)}  ${kind}`)
}
console.log(`slowest: ${report.slowest.ms.toFixed(0)} ms (${report.slowest.name})`)
for (const [name, { early, late, peak }] of Object.entries(report.memoryMb)) {
  const megabytes = [early, late, peak].map((each) => each.toFixed(0))
  console.log(
    `${name}: ${megabytes[0]} MB after a tenth, ${megabytes[1]} at the end, peak ${megabytes[2]}`,
  )
}
for (const crash of report.crashes) console.log(`ended: ${crash}`)
for (const bad of report.bad) console.log(`bad: ${bad}`)
if (report.bad.length > 0) console.log(`kept in ${save}`)
console.log(`${report.bad.length} bad answers, ${report.crashes.length} crashes`)
process.exitCode = report.bad.length + report.crashes.length > 0 ? 1 : 0
