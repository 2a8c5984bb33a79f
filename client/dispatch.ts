import type { Command, Surroundings } from './command.ts'
import { oneLine } from './one-line.ts'
import { UsageError } from './usage-error.ts'

/** How the client is called, for every text that shows it. */
const CALL = 'npm run client --'

const SUCCESS = 0
const WRONG_USAGE = 2

/**
 * Runs the command that a command line names and resolves with the exit code: that of the command,
 * 0 for `--help`, 2 with a sentence and the usage for what is not understood.
 */
export async function dispatch(
  [name, ...args]: string[],
  commands: Record<string, Command>,
  surroundings: Surroundings,
): Promise<number> {
  const { stdout, stderr } = surroundings

  function show(text: string): number {
    stdout.write(text)
    return SUCCESS
  }

  function misused(sentence: string, usage: string): number {
    stderr.write(`${oneLine(sentence)}Usage: ${usage}\n`)
    return WRONG_USAGE
  }

  if (name === undefined) return misused('Name a command.', `${CALL} --help`)
  if (isHelp(name)) return show(overview(commands))
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) return misused(`There is no command ${name}.`, `${CALL} --help`)
  const usage = `${CALL} ${name} ${command.usage}`
  if (args.some(isHelp)) return show(`${usage}\n\n${command.help}\n`)
  try {
    return await command.run(args, surroundings)
  } catch (error) {
    if (error instanceof UsageError) return misused(error.message, `${usage}, or --help for more`)
    throw error
  }
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h'
}

function overview(commands: Record<string, Command>): string {
  const entries = Object.entries(commands).map(
    ([name, { usage, summary }]) => `  ${CALL} ${name} ${usage}\n      ${summary}\n`,
  )
  return `${entries.join('\n')}\nMore about a command: ${CALL} COMMAND --help\n`
}
