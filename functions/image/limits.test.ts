import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MAX_SOURCE_SIDE } from '../contract/source-limits.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { imageConfigSchema } from './config.ts'
import { BYTES_PER_SOURCE_PIXEL } from './decoded-bytes.ts'
import { MAX_SEGMENTS } from './jpeg-segments.ts'
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
  MAX_SEGMENTS,
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
    const limits = Object.keys(structureLimits).filter((name) => name.startsWith('MAX_'))
    expect(named).toEqual(expect.arrayContaining([...limits, 'MAX_SEGMENTS', 'MAX_SOURCE_SIDE']))
  })

  it.each(ROWS)('have a test, named by its attack: $limit', ({ attack, test }) => {
    expect(attack).not.toBe('')
    const [, file = '', title = ''] = /^(\S+): `(.+)`$/.exec(test) ?? []
    expect(readFileSync(join(import.meta.dirname, file), 'utf8')).toContain(`'${title}'`)
  })
})
