import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Command } from './command.ts'
import { dispatch } from './dispatch.ts'
import { UsageError } from './usage-error.ts'

/** What a call of the client with one command, `wave`, does. */
async function call(args: string[], run: Command['run'] = async () => 0) {
  const stdout = new PassThrough({ encoding: 'utf8' })
  const stderr = new PassThrough({ encoding: 'utf8' })
  const wave: Command = { summary: 'wave at someone', usage: 'NAME', help: 'Waves.', run }
  const surroundings = { stdout, stderr, signal: new AbortController().signal }
  const code = await dispatch(args, { wave }, surroundings)
  return { code, stdout: stdout.read(), stderr: stderr.read() }
}

describe('dispatch()', () => {
  it('runs the named command with the rest and ends with its exit code', async () => {
    const received: string[][] = []
    const { code } = await call(['wave', 'Ada', '--slowly'], async (args) => {
      received.push(args)
      return 7
    })
    expect(code).toBe(7)
    expect(received).toEqual([['Ada', '--slowly']])
  })

  it.each(['--help', '-h'])('lists the commands for %s', async (help) => {
    const { code, stdout } = await call([help])
    expect(code).toBe(0)
    expect(stdout).toContain('  npm run client -- wave NAME\n      wave at someone\n')
  })

  it.each(['--help', '-h'])('explains a command for %s and does not run it', async (help) => {
    const { code, stdout } = await call(['wave', 'Ada', help], () => {
      throw new Error('it runs')
    })
    expect(code).toBe(0)
    expect(stdout).toBe('npm run client -- wave NAME\n\nWaves.\n')
  })

  it.each([
    [[], 'Name a command.'],
    [['wvae'], 'There is no command wvae.'],
    [['toString'], 'There is no command toString.'],
  ])('ends with 2 for %o', async (args, sentence) => {
    expect(await call(args)).toEqual({
      code: 2,
      stdout: null,
      stderr: `${sentence}\nUsage: npm run client -- --help\n`,
    })
  })

  it('ends with 2 when a command is not called as it wants', async () => {
    const outcome = await call(['wave'], async () => {
      throw new UsageError('Name someone.')
    })
    expect(outcome).toEqual({
      code: 2,
      stdout: null,
      stderr: 'Name someone.\nUsage: npm run client -- wave NAME, or --help for more\n',
    })
  })

  it('lets bugs through', async () => {
    const bug = new Error('a bug')
    const calling = call(['wave'], async () => {
      throw bug
    })
    await expect(calling).rejects.toBe(bug)
  })
})
