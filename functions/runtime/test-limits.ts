/** The tables of limits in a README, held against the code and its tests. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** A row: a number, with the name that the code has for it, if any; the attack that it stops; its test. */
export type Limit = {
  name: string
  isInCode: boolean
  byDefault: string
  unit: string
  attack: string
  test: string
}

/** The rows of all tables of limits in the README of a folder. */
export function limitsOf(folder: string): Limit[] {
  const rows: Limit[] = []
  let isInTable = false
  for (const line of readFileSync(join(folder, 'README.md'), 'utf8').split('\n')) {
    const [, limit = '', byDefault = '', unit = '', attack = '', test = ''] = line
      .split('|')
      .map((cell) => cell.trim())
    if (isInTable && line.startsWith('| ')) {
      const name = limit.replaceAll('`', '')
      rows.push({ name, isInCode: name !== limit, byDefault, unit, attack, test })
    } else if (!line.startsWith('|--')) {
      isInTable = limit === 'limit'
    }
  }
  return rows
}

/** Tests that each limit of a README has the default of the code, and a test named by its attack. */
export function describeLimits(folder: string, values: Record<string, unknown>): void {
  const limits = limitsOf(folder)

  describe('the limits in README.md', () => {
    it.each(limits.filter(({ isInCode }) => isInCode))(
      'say what the code says: $name',
      ({ name, byDefault }) => {
        expect(byDefault.replaceAll(',', '')).toBe(String(values[name]))
      },
    )

    it.each(limits)('have a test that runs, named by the attack: $name, $attack', (limit) => {
      const { file, title } = testOf(folder, limit)
      const source = readFileSync(file, 'utf8')
      expect(callOf(source, title)).toMatch(/^it(\.each)?$/)
      // Nor by what stands around it.
      expect(source).not.toMatch(/\.(skip|todo|only|fails|skipIf|runIf)\b/)
      const named = wordsOf(nameOf(source, title))
      const shared = wordsOf(limit.attack).filter((word) => named.includes(word))
      expect(shared.length).toBeGreaterThanOrEqual(2)
    })

    it.each(limits.filter(({ isInCode }) => isInCode))(
      'have a test of what is limited: $name, $attack',
      (limit) => {
        const names = namesOf(limit)
        const sources = modulesOf(testOf(folder, limit).file).map((file) =>
          readFileSync(file, 'utf8'),
        )
        expect(sources.some((source) => names.test(source))).toBe(true)
      },
    )
  })
}

function testOf(folder: string, { test }: Limit): { file: string; title: string } {
  const [, file = '', title = ''] = /^(?:\[[^\]]+\]\()?([^\s)]+)\)?: `(.+)`$/.exec(test) ?? []
  return { file: join(folder, file), title }
}

/** What is called with this title: the nearest call of a test before it. */
function callOf(source: string, title: string): string | undefined {
  const calls = before(source, title).matchAll(/\b(?:it|test|describe)(?:\.\w+)*(?=[(<])/g)
  return [...calls].at(-1)?.[0]
}

/** The title of a test behind that of what stands around it. */
function nameOf(source: string, title: string): string {
  const around = before(source, title).matchAll(/^describe\((?:'([^'\n]*)')?/gm)
  return `${[...around].at(-1)?.[1] ?? ''} ${title}`
}

function before(source: string, title: string): string {
  return source.slice(0, Math.max(0, source.indexOf(`'${title}'`)))
}

/** What says when, how much, or what it does to the service: no attack is known by it. */
const SAYS_NO_ATTACK = `
  about after again also another been before beside between both each ever fill filling fills from have
  into least limit long made many more most never nobody nothing once only other others over refused
  refuses same says some still takes than that their them then there they this time until very what when
  where which while whose will with without would
`
  .trim()
  .split(/\s+/)

/** The words that could name an attack, without their endings, each once. */
function wordsOf(text: string): string[] {
  const words = (text.toLowerCase().match(/[a-z]{4,}|\d[\d,]+/g) ?? [])
    .filter((word) => !SAYS_NO_ATTACK.includes(word))
    .map((word) => word.replace(/(ies|y|es|e|s|ed|ing)$/, '').slice(0, 5))
  return [...new Set(words)]
}

/** The names of a limit, or of what it is counted in: of a variable also as an option of the code. */
function namesOf({ name, unit }: Limit): RegExp {
  const names = [name, ...[...unit.matchAll(/`([\w.]+)`/g)].map(([, other = '']) => other)]
    .map((each) => each.replace(/\..*/, ''))
    .flatMap((each) => [each, each.toLowerCase().replace(/_(.)/g, (_, c) => c.toUpperCase())])
  return new RegExp(`\\b(${names.join('|')})\\b`)
}

/** A test, its subject, what they import, and what that imports. */
function modulesOf(file: string, imports = 2): string[] {
  if (imports === 0) return [file]
  const folder = dirname(file)
  const imported = readFileSync(file, 'utf8').matchAll(/ from '(\.[^']+\.ts)'/g)
  const subject = file.replace('.test.ts', '.ts')
  const next = [...[...imported].map(([, path = '']) => join(folder, path)), subject]
  return [
    file,
    ...next
      .filter((path) => path !== file && existsSync(path))
      .flatMap((path) => modulesOf(path, imports - 1)),
  ]
}
