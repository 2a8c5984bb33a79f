/**
 * Runs the benchmarks one after the other: `npm run bench -- [FOLDER OF PHOTOGRAPHS [PYTHON...]]`, with
 * Pythons that have other versions of Pillow than the installed one. Each runs in a process of its own;
 * all of them take some ten minutes. Exits 1 when a goal was missed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const BENCHMARKS = [
  'image/process.bench.ts',
  'image/exact.bench.ts',
  'exact-service.bench.ts',
  'http.bench.ts',
  'results.bench.ts',
  'api/result-store.bench.ts',
  'overload.bench.ts',
  'memory.bench.ts',
  'start.bench.ts',
]

const args = process.argv.slice(2)
const [folder] = args
if (folder && !existsSync(folder)) {
  console.error(`There is no folder ${folder}.`)
  process.exit(2)
}

for (const benchmark of BENCHMARKS) {
  const script = join(import.meta.dirname, benchmark)
  const { status } = spawnSync(process.execPath, [script, ...args], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
  console.log()
}
