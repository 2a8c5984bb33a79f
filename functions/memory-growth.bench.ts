/**
 * Whether memory grows under load that does not end: good and damaged pictures in turn, for ten minutes
 * (`--minutes`), and by how much memory of both functions grows each minute after the first two. A slope
 * within its noise is none. With `--allocator` the image function has that one, as in its container image.
 *
 *     node functions/memory-growth.bench.ts [--minutes 10] [--seed 1] [--allocator libjemalloc.so.2]
 */
import { parseArgs } from 'node:util'
import { againstGoal } from './bench-figures.ts'
import { mixedInputs } from './fuzz-inputs.ts'
import { fuzz } from './fuzz-service.ts'
import { failuresOf } from './fuzz-verdict.ts'
import { memoryTrend } from './memory-trend.ts'
import { MALLOC_CONF } from './process-settings.ts'

const WARM_UP_SECONDS = 120

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    'in-flight': { type: 'string', default: '4' },
    allocator: { type: 'string' },
  },
})
const { allocator } = values

const report = await fuzz(mixedInputs(Number(values.seed), Number(values.minutes)), {
  inFlight: Number(values['in-flight']),
  imageEnvironment: allocator ? { LD_PRELOAD: allocator, MALLOC_CONF } : {},
})
console.log(
  `${report.inputs} pictures in ${values.minutes} minutes, ${report.counts['200']} of them good`,
)
for (const name of ['image', 'api'] as const) {
  const samples = report.memory
    .filter(({ seconds }) => seconds > WARM_UP_SECONDS)
    .map((sample) => ({ seconds: sample.seconds, mb: sample[name] }))
  const { mbPerMinute, noise } = memoryTrend(samples)
  const [first, last] = [samples.at(0)?.mb ?? Number.NaN, samples.at(-1)?.mb ?? Number.NaN]
  console.log(
    `${name.padEnd(5)} ${first.toFixed(0)} MB after two minutes, ${last.toFixed(0)} at the end, at most ` +
      `${report.peakMb[name].toFixed(0)}; MB more each minute ${againstGoal(mbPerMinute, noise)}`,
  )
}
for (const failure of failuresOf(report)) {
  console.log(failure)
  process.exitCode = 1
}
