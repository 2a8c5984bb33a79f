import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MAX_SOURCE_SIDE } from '../contract/source-limits.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { imageConfigSchema } from './config.ts'
import { BYTES_PER_SOURCE_PIXEL } from './decoded-bytes.ts'
import * as structureLimits from './structure-limits.ts'

const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8')

const ROWS = (readme.split('\n## Limits\n')[1]?.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => {
    const [, limit = '', byDefault = '', , attack = '', test = ''] = line
      .split('|')
      .map((cell) => cell.trim())
    return { limit, byDefault, attack, test }
  })

const VALUES: Record<string, unknown> = {
  ...parseEnv(imageConfigSchema, {}),
  ...structureLimits,
  BYTES_PER_SOURCE_PIXEL,
  MAX_SOURCE_SIDE,
}

describe('the limits in README.md', () => {
  it.each(ROWS.filter(({ limit }) => limit.startsWith('`')))(
    'say what the code says: $limit',
    ({ limit, byDefault }) => {
      expect(byDefault).toBe(String(VALUES[limit.replaceAll('`', '')]))
    },
  )

  it('are all that there are for the structure of a file', () => {
    const named = ROWS.map(({ limit }) => limit.replaceAll('`', ''))
    const limits = Object.keys(structureLimits).filter((name) => /^MAX_|_SLACK_BYTES$/.test(name))
    expect(named).toEqual(expect.arrayContaining([...limits, 'MAX_SOURCE_SIDE']))
  })

  it.each(ROWS)('have a test that runs, named by its attack: $limit', ({ attack, test }) => {
    const [, file = '', title = ''] = /^(\S+): `(.+)`$/.exec(test) ?? []
    const source = readFileSync(join(import.meta.dirname, file), 'utf8')
    expect(callOf(source, title)).toMatch(/^it(\.each)?$/)
    // Nor by what stands around it.
    expect(source).not.toMatch(/\.(skip|todo|only|fails|skipIf|runIf)\b/)
    expect(wordsOf(attack).filter((word) => wordsOf(title).includes(word))).not.toEqual([])
  })
})

/** What is called with this title: the nearest call of a test before it. */
function callOf(source: string, title: string): string | undefined {
  const at = source.indexOf(`'${title}'`)
  const calls = source.slice(0, Math.max(0, at)).matchAll(/\b(?:it|test|describe)(?:\.\w+)*(?=\()/g)
  return [...calls].at(-1)?.[0]
}

/** The words that could name an attack, without their endings. */
function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/[a-z]{4,}|\d[\d,]+/g) ?? [])
    .filter((word) => !['that', 'each', 'with', 'from', 'have', 'before', 'beside'].includes(word))
    .map((word) => word.slice(0, 5))
}
