/**
 * Runs the benchmarks one after the other: `npm run bench -- [FOLDER OF PHOTOGRAPHS]`. Each runs in a
 * process of its own, in the environment of `npm start`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const BENCHMARKS = ['image/process.bench.ts', 'http.bench.ts', 'memory.bench.ts', 'start.bench.ts']

const folder = process.argv[2]
if (folder && !existsSync(folder)) {
  console.error(`There is no folder ${folder}.`)
  process.exit(2)
}

for (const benchmark of BENCHMARKS) {
  const script = join(import.meta.dirname, benchmark)
  const { status } = spawnSync(process.execPath, [script, ...(folder ? [folder] : [])], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(1)
  console.log()
}
