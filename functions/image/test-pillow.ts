/** Pillow and numpy in a process of their own, as independent judges of our pixels. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { ResolvedOptions } from '../contract/options.ts'
import type { Pixels } from './pixels.ts'

/** A Python that has Pillow and numpy. */
export type PillowPython = { python: string; version: string }

export type Pillow = {
  /** What Pillow makes of a source with these options: `convert` and the steps that they name. */
  pixels: (source: Buffer, options: JudgedOptions) => Promise<Pixels>
  /** The same, saved as a JPEG and read again. */
  jpegPixels: (source: Buffer, options: JudgedOptions & { quality: number }) => Promise<Pixels>
  /** The same as numbers, in the order of the axes, computed by numpy. */
  tensor: (source: Buffer, options: JudgedOptions & TensorOptions) => Promise<PillowArray>
  /** What numpy.load makes of a file. */
  load: (npy: Uint8Array) => Promise<PillowArray>
  close: () => void
}

export type PillowArray = { shape: number[]; dtype: string; data: Buffer }

type JudgedOptions = { grayscale: boolean } & Partial<
  Pick<ResolvedOptions, 'orient' | 'scale' | 'fit' | 'filter' | 'crop'>
>

type TensorOptions = Pick<ResolvedOptions, 'dtype' | 'layout' | 'mean' | 'std'>

type Reply = { shape: number[]; dtype: string; data: string; error?: string }

/** Debian's own stands last: another Python often comes first in the path, without Pillow. */
const PYTHONS = ['python3', '/usr/bin/python3']

const VERSION = 'import PIL.Image, numpy; print(PIL.__version__)'

/** The Pythons with Pillow and numpy, those named first; one for each version of Pillow. */
export function findPillows(named: readonly string[]): PillowPython[] {
  const found = new Map<string, PillowPython>()
  for (const python of [...named, ...PYTHONS]) {
    const { status, stdout } = spawnSync(python, ['-c', VERSION], { encoding: 'utf8' })
    const version = stdout?.trim()
    if (status === 0 && !found.has(version)) found.set(version, { python, version })
  }
  return [...found.values()]
}

/** One for each value of the option `pillow`, or `undefined` when one is missing. */
export function findPillowOfEach(
  named: readonly string[],
): Record<ResolvedOptions['pillow'], PillowPython> | undefined {
  const found = findPillows(named)
  const of12 = found.find(({ version }) => pillowOption(version) === '12' && !isOlder(version))
  const of13 = found.find(({ version }) => pillowOption(version) === '13')
  return of12 && of13 && { 12: of12, 13: of13 }
}

/** Whether it is from before 12.2, where a very high source was not yet shortened first. */
export function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < 12 || (major === 12 && minor < 2)
}

/** The value of the option `pillow` that stands for a version. */
export function pillowOption(version: string): ResolvedOptions['pillow'] {
  return Number.parseInt(version, 10) >= 13 ? '13' : '12'
}

export function startPillow(python: string): Pillow {
  const script = join(import.meta.dirname, 'test-pillow.py')
  const judge = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const asked: PromiseWithResolvers<Reply>[] = []
  let said = 0
  // After the version, replies come in the order of the requests.
  createInterface(judge.stdout)
    .on('line', (line) => {
      if (said++ > 0) asked.shift()?.resolve(JSON.parse(line))
    })
    .on('close', () => {
      for (const each of asked) each.reject(new Error('Pillow ended before it answered'))
    })

  async function ask(request: object): Promise<PillowArray> {
    const reply = Promise.withResolvers<Reply>()
    asked.push(reply)
    judge.stdin.write(`${JSON.stringify(request)}\n`)
    const { error, data, ...rest } = await reply.promise
    if (error) throw new Error(`Pillow: ${error}`)
    return { ...rest, data: Buffer.from(data, 'base64') }
  }

  return {
    async pixels(source, options) {
      return toPixels(await ask(toRequest(source, options)))
    },
    async jpegPixels(source, { quality, ...options }) {
      return toPixels(await ask({ ...toRequest(source, options), quality }))
    },
    tensor(source, { dtype, layout, mean, std, ...options }) {
      return ask({ ...toRequest(source, options), tensor: { dtype, layout, mean, std } })
    },
    load: (npy) => ask({ npy: Buffer.from(npy).toString('base64') }),
    close: () => judge.stdin.end(),
  }
}

function toPixels({ shape, data }: PillowArray): Pixels {
  const [height = 0, width = 0, channels] = shape
  return { data: Uint8Array.from(data), width, height, channels: channels === 3 ? 3 : 1 }
}

function toRequest(source: Buffer, { grayscale, orient, scale, fit, filter, crop }: JudgedOptions) {
  return {
    source: source.toString('base64'),
    mode: grayscale ? 'L' : 'RGB',
    orient: orient === 'apply',
    ...(scale && scale !== 'none' && { scale: [scale.width, scale.height], fit, filter }),
    ...(crop && crop !== 'none' && { crop: [crop.width, crop.height] }),
  }
}
