/** Pillow in a process of its own, as an independent judge of our pixels. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Options, Size } from '../contract/options.ts'
import type { Pixels } from './decode.ts'

export type Pillow = {
  /** What Pillow makes of a source: `convert`, and after that the resize if there is one. */
  ask: (source: Buffer, mode: 'L' | 'RGB', resize?: Resize) => Promise<Pixels>
  close: () => void
}

type Resize = { size: Size } & Pick<Options, 'fit' | 'filter'>

type Reply = { width: number; height: number; pixels: string; error?: string }

/** Debian's own stands last: another Python often comes first in the path, without Pillow. */
const PYTHONS = ['python3', '/usr/bin/python3']

/** A Python that has Pillow, or `undefined`. */
export function findPillow(): string | undefined {
  return PYTHONS.find((python) => spawnSync(python, ['-c', 'import PIL.Image']).status === 0)
}

export function startPillow(python: string): Pillow {
  const script = join(import.meta.dirname, 'test-pillow.py')
  const judge = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const asked: PromiseWithResolvers<Reply>[] = []
  // Replies come in the order of the requests.
  createInterface(judge.stdout)
    .on('line', (line) => asked.shift()?.resolve(JSON.parse(line)))
    .on('close', () => {
      for (const each of asked) each.reject(new Error('Pillow ended before it answered'))
    })
  return {
    async ask(source, mode, resize) {
      const reply = Promise.withResolvers<Reply>()
      asked.push(reply)
      const { size, fit, filter } = resize ?? {}
      const sides = size && [size.width, size.height]
      const request = { source: source.toString('base64'), mode, size: sides, fit, filter }
      judge.stdin.write(`${JSON.stringify(request)}\n`)
      const { width, height, pixels, error } = await reply.promise
      if (error) throw new Error(`Pillow: ${error}`)
      const data = Uint8Array.from(Buffer.from(pixels, 'base64'))
      return { data, width, height, channels: mode === 'L' ? 1 : 3 }
    },
    close: () => judge.stdin.end(),
  }
}
