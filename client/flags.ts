import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

/** A flag of a command, as `--help` describes it; it takes one value, or none where none is allowed. */
export type Flag = { description: string; allowed?: string; byDefault?: string }

/**
 * What a command line says: the flags that were given, as text, and everything else in order. One that
 * takes no value is `true`.
 */
export type Parsed<Name extends string> = {
  given: Partial<Record<Name, string>>
  positionals: string[]
}

/** The flags and positionals of a command. Throws UsageError for an unknown or repeated flag. */
export function parseFlags<Name extends string>(
  args: string[],
  flags: Record<Name, Flag>,
): Parsed<Name> {
  const names = Object.keys(flags) as Name[]
  const { values, positionals } = parseStrictly(args, flags)
  const given: Partial<Record<Name, string>> = {}
  for (const name of names) {
    const [text, repeated] = values[name] ?? []
    if (repeated !== undefined) {
      throw new UsageError(`Option ${name} is given more than once; give it once.`)
    }
    if (text !== undefined) given[name] = String(text)
  }
  return { given, positionals }
}

/** Says that a flag has a value which it does not take. */
export function wrongValue(name: string, text: string, { allowed }: Flag): UsageError {
  return new UsageError(`Option ${name} is ${JSON.stringify(text)}; allowed: ${allowed}.`)
}

/** The flags for people: what each is for, and below that what it takes. */
export function flagsToHelp(flags: Record<string, Flag>): string {
  const entries = Object.entries(flags)
  const width = Math.max(...entries.map(([name]) => name.length))
  const indent = ' '.repeat(width + 6)
  return entries
    .map(([name, { description, allowed, byDefault }]) => {
      const purpose = byDefault === undefined ? description : `${description} (${byDefault})`
      const line = `  --${name.padEnd(width)}  ${purpose}`
      return allowed === undefined ? line : `${line}\n${indent}${allowed}`
    })
    .join('\n')
}

function parseStrictly(args: string[], flags: Record<string, Flag>) {
  // Repeats are collected, so that they can be refused: parseArgs alone would take the last.
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { allowed }]) => {
      const type = allowed === undefined ? ('boolean' as const) : ('string' as const)
      return [name, { type, multiple: true as const }]
    }),
  )
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (error) {
    if (isParseArgsError(error)) throw new UsageError(withoutAdvice(error.message))
    throw error
  }
}

function isParseArgsError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  )
}

/** Node adds how to write a positional with a dash, which is hardly ever what was meant. */
function withoutAdvice(message: string): string {
  const [said = ''] = message.split('To specify')
  const sentence = said.trim().replaceAll('\n', ' ')
  return /[.?]$/.test(sentence) ? sentence : `${sentence}.`
}
