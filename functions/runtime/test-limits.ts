/** The tables of limits in a README, held against the code and its tests. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** A row: a number, with the name that the code has for it, if any; the attack that it stops; its test. */
type Limit = { name: string; isInCode: boolean; byDefault: string; attack: string; test: string }

/** The rows of all tables of limits in the README of a folder. */
export function limitsOf(folder: string): Limit[] {
  const rows: Limit[] = []
  let isInTable = false
  for (const line of readFileSync(join(folder, 'README.md'), 'utf8').split('\n')) {
    const [, limit = '', byDefault = '', , attack = '', test = ''] = line
      .split('|')
      .map((cell) => cell.trim())
    if (isInTable && line.startsWith('| ')) {
      const name = limit.replaceAll('`', '')
      rows.push({ name, isInCode: name !== limit, byDefault, attack, test })
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
      const [, file = '', title = ''] =
        /^(?:\[[^\]]+\]\()?([^\s)]+)\)?: `(.+)`$/.exec(limit.test) ?? []
      const source = readFileSync(join(folder, file), 'utf8')
      expect(callOf(source, title)).toMatch(/^it(\.each)?$/)
      // Nor by what stands around it.
      expect(source).not.toMatch(/\.(skip|todo|only|fails|skipIf|runIf)\b/)
      const words = wordsOf(title)
      expect(wordsOf(limit.attack).filter((word) => words.includes(word))).not.toEqual([])
    })
  })
}

/** What is called with this title: the nearest call of a test before it. */
function callOf(source: string, title: string): string | undefined {
  const at = source.indexOf(`'${title}'`)
  const calls = source
    .slice(0, Math.max(0, at))
    .matchAll(/\b(?:it|test|describe)(?:\.\w+)*(?=[(<])/g)
  return [...calls].at(-1)?.[0]
}

/** The words that could name an attack, without their endings. */
function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[a-z]{4,}|\d[\d,]+/g) ?? [])
    .filter((word) => !['that', 'each', 'with', 'from', 'have', 'before', 'beside'].includes(word))
    .map((word) => word.slice(0, 5))
}
