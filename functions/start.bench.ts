/**
 * From the start of a process to listening, with a warm compile cache, against a bare node:http server
 * in the same Node; in turn, and the ratio is that of the medians.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { againstGoal, median } from './bench-figures.ts'

const ROUNDS = 21
const BARE = `
import { createServer } from 'node:http'
const server = createServer((_, response) => response.end('ok'))
process.once('SIGTERM', () => process.exit(0))
server.listen(0, () => process.send({ listeningOn: server.address().port }))
`

const folder = await mkdtemp(join(tmpdir(), 'start-bench-'))
const bare = join(folder, 'bare.mjs')
await writeFile(bare, BARE)
const scripts = {
  'bare node:http': bare,
  image: join(import.meta.dirname, 'image', 'main.ts'),
  api: join(import.meta.dirname, 'api', 'main.ts'),
}
type Name = keyof typeof scripts

async function startMs(script: string): Promise<number> {
  const startedMs = performance.now()
  const child = spawn(process.execPath, [script], {
    env: { PORT: '0', LOG_LEVEL: 'silent', NODE_COMPILE_CACHE: join(folder, 'cache') },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  const tookMs = performance.now() - startedMs
  child.kill('SIGTERM')
  await once(child, 'exit')
  return tookMs
}

const names = Object.keys(scripts) as Name[]
const times: Record<Name, number[]> = { 'bare node:http': [], image: [], api: [] }
for (const name of names) await startMs(scripts[name])
for (let i = 0; i < ROUNDS; i++) {
  for (const name of names) times[name].push(await startMs(scripts[name]))
}
await rm(folder, { recursive: true })

console.log(`Process start to listening, warm compile cache, medians of ${ROUNDS}`)
for (const name of names) {
  const ratio = median(times[name]) / median(times['bare node:http'])
  const goal = name === 'bare node:http' ? '' : `, times the bare server ${againstGoal(ratio, 2)}`
  console.log(`${name.padEnd(15)} ${median(times[name]).toFixed(0).padStart(4)} ms${goal}`)
}
