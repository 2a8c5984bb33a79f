import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const COMMITTED = join(import.meta.dirname, 'kernels', 'kernels.wasm')

describe('kernels.wasm', () => {
  it('is what npm run build:kernels makes of kernels.ts', { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kernels-'))
    try {
      const built = join(folder, 'kernels.wasm')
      await build(built)
      expect((await readFile(built)).equals(await readFile(COMMITTED))).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

/** Runs the command of package.json, with another file to write. */
async function build(outFile: string): Promise<void> {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const [command, ...flags] = String(scripts['build:kernels']).split(' ')
  expect(command).toBe('asc')
  const at = flags.indexOf('-o') + 1
  expect(join(ROOT, flags[at] ?? '')).toBe(COMMITTED)
  const compiler = join(ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js')
  const parameters = [compiler, ...flags.with(at, outFile)]
  await promisify(execFile)(process.execPath, parameters, { cwd: ROOT })
}
