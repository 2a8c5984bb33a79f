/** The shell scripts of this folder, run with programs in the place of kubectl and minikube. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

export type ScriptRun = {
  code: number | null
  /** Both what it said and what it complained of. */
  said: string
  /** What kubectl and minikube were asked, in order. */
  asked: string[]
  /** What kubectl was given to apply. */
  applied: string
}

/**
 * How a program answers when a part of its command line is this one, in sh; the first that fits is taken.
 * `$STATE` is a folder to remember something in, from one run of a machine to the next.
 */
export type Answers = Record<string, string>

export type Machine = AsyncDisposable & {
  /** Runs knative/up or knative/down, with nobody there to be asked. */
  run: (script: 'up' | 'down', args?: string[], env?: Record<string, string>) => Promise<ScriptRun>
}

/** What the scripts need of a machine. */
const TOOLS = [
  ...[
    'awk',
    'basename',
    'bash',
    'cat',
    'cut',
    'dirname',
    'env',
    'find',
    'git',
    'grep',
    'head',
    'od',
  ],
  ...['rm', 'sed', 'sh', 'sleep', 'sort', 'touch', 'tr'],
]

/** A machine that has these programs and nothing more of kubectl and minikube, for as long as its block. */
export async function createMachine(programs: Record<string, Answers>): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'test-script-'))
  const [bin, state] = [join(folder, 'bin'), join(folder, 'state')]
  await mkdir(bin)
  await mkdir(state)
  for (const path of pathsOf(TOOLS)) await symlink(path, join(bin, basename(path)))
  for (const [name, answers] of Object.entries(programs)) {
    await writeFile(join(bin, name), programOf(name, answers))
    await chmod(join(bin, name), 0o755)
  }
  const noted = (name: string) => readFile(join(state, name), 'utf8').catch(() => '')

  return {
    async run(script, args = [], env = {}) {
      await rm(join(state, 'asked'), { force: true })
      await rm(join(state, 'applied'), { force: true })
      const child = spawn(join(import.meta.dirname, script), args, {
        env: { PATH: bin, HOME: folder, STATE: state, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (part) => {
          said += part
        })
      }
      const [code] = await once(child, 'close')
      const asked = (await noted('asked')).trim().split('\n')
      return { code, said, asked, applied: await noted('applied') }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

function programOf(name: string, answers: Answers): string {
  const cases = Object.entries(answers).map(([part, answer]) => `*'${part}'*) ${answer} ;;`)
  return [
    '#!/bin/sh',
    `echo "${name} $*" >> "$STATE/asked"`,
    'case "$*" in *"apply -f -") cat >> "$STATE/applied" ;; esac',
    `case "$*" in\n${cases.join('\n')}\nesac`,
    '',
  ].join('\n')
}

/** Where the tools are, in the order of their names. */
function pathsOf(tools: string[]): string[] {
  const find = 'for tool; do command -v "$tool" || exit 1; done'
  const { status, stdout } = spawnSync('sh', ['-c', find, 'sh', ...tools], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`This machine lacks one of ${tools.join(', ')}`)
  return stdout.trim().split('\n')
}
