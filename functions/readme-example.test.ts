import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, it } from 'vitest'
import { createApiApp } from './api/app.ts'
import { apiConfigSchema } from './api/config.ts'
import { createResults } from './api/results.ts'
import { createImageApp } from './image/app.ts'
import { imageConfigSchema } from './image/config.ts'
import { createImageWorkers } from './image/image-workers.ts'
import { colourAt } from './image/test-picture.ts'
import { findPillows } from './image/test-pillow.ts'
import { pixelsOf } from './image/test-process.ts'
import { createLogger } from './runtime/logger.ts'
import { parseEnv } from './runtime/parse-env.ts'
import { serve } from './runtime/serve.ts'

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')
const sample = join(import.meta.dirname, 'image', 'fixtures', 'sample.jpg')

const [pillow] = findPillows(inject('pillowPythons'))

/** Both functions on ports of their own. */
async function startBoth() {
  const log = createLogger('test', 'silent')
  const imageConfig = parseEnv(imageConfigSchema, {})
  const workers = createImageWorkers(1, log)
  const image = await serve(
    createImageApp(imageConfig, log, workers.process),
    { address: '127.0.0.1', port: 0 },
    log,
  )
  const apiConfig = parseEnv(apiConfigSchema, {
    IMAGE_FUNCTION_URL: `http://127.0.0.1:${image.port}`,
  })
  const results = await createResults(apiConfig, log)
  const api = await serve(
    createApiApp(apiConfig, log, results),
    { address: '127.0.0.1', port: 0 },
    log,
  )
  return {
    url: `http://localhost:${api.port}`,
    async [Symbol.asyncDispose]() {
      await api.drain()
      await image.drain()
      await workers.close()
    },
  }
}

describe('the Python of README.md', () => {
  it.skipIf(!pillow)('draws what a model found on the photograph', async () => {
    const [, program = ''] = /```python\n([^`]+)```/.exec(readme) ?? []
    await using service = await startBoth()
    const folder = mkdtempSync(join(tmpdir(), 'readme-example-'))
    try {
      copyFileSync(sample, join(folder, 'photo.jpg'))
      const script = program.replace('http://localhost:8080', service.url)
      expect(script).not.toBe(program)
      await promisify(execFile)(pillow?.python ?? '', ['-c', script], { cwd: folder })
      const found = await pixelsOf(readFileSync(join(folder, 'found.png')))
      expect(found).toMatchObject({ width: 1600, height: 1200 })
      const isRed = (x: number, y: number) => colourAt(found, x, y).join() === '255,0,0'

      // 256 on the short side is 341x256, of which the centre begins at (58, 16).
      const [left, right] = [60, 120].map((x) => Math.round(((x + 58) * 1600) / 341)) as [
        number,
        number,
      ]
      const [top, bottom] = [80, 140].map((y) => Math.round(((y + 16) * 1200) / 256)) as [
        number,
        number,
      ]
      expect([isRed(left, top), isRed(right, bottom)]).toEqual([true, true])
      expect([isRed(left - 9, top), isRed(right + 9, bottom)]).toEqual([false, false])
      expect([isRed(left, top - 9), isRed(right, bottom + 9)]).toEqual([false, false])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
