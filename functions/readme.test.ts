import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type * as z from 'zod'
import { apiConfigSchema } from './api/config.ts'
import { allowedValues, OPTION_NAMES, optionDescription } from './contract/options.ts'
import { PROBLEMS } from './contract/problem.ts'
import { imageConfigSchema } from './image/config.ts'

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')

/** The rows of the first table under a heading, each a list of its cells. */
function tableUnder(heading: string): string[][] {
  const section = readme.split(`\n${heading}\n`)[1]?.split(/\n#+ /)[0] ?? ''
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

function variables(schema: z.ZodObject): string[][] {
  return Object.entries(schema.shape).map(([name, variable]) => {
    const { byDefault, allowed, description } = variable.meta() ?? {}
    const cores = name === 'SLOTS' && byDefault === String(availableParallelism())
    return [
      `\`${name}\``,
      cores ? 'cores' : defaultCell(String(byDefault)),
      String(allowed),
      String(description),
    ]
  })
}

function defaultCell(byDefault: string): string {
  return byDefault === '' ? 'empty' : `\`${byDefault}\``
}

describe('README.md', () => {
  it('lists the options as the schema has them', () => {
    const rows = OPTION_NAMES.map((name) => [
      `\`${name}\``,
      allowedValues(name),
      optionDescription(name),
    ])
    expect(tableUnder('## Options')).toEqual(rows)
  })

  it('lists the variables of the api as its schema has them', () => {
    expect(tableUnder('### api')).toEqual(variables(apiConfigSchema))
  })

  it('lists the variables of the image function as its schema has them', () => {
    expect(tableUnder('### image')).toEqual(variables(imageConfigSchema))
  })

  it('lists every package in the table of packages', () => {
    const manifest = JSON.parse(
      readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'),
    )
    const listed = tableUnder('## For developers')
      .map(([cell]) => cell)
      .join(' ')
    for (const name of Object.keys(manifest.dependencies)) expect(listed).toContain(`\`${name}\``)
  })

  it('has no place left to fill in', () => {
    expect(readme).not.toMatch(/^[A-Z]{4,}$|CHANGE/m)
  })

  it('names problems of the closed list with their statuses only', () => {
    const rows = readme.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm)
    const named = Object.fromEntries([...rows].map(([, code, status]) => [code, Number(status)]))
    const statuses = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status])
    expect(Object.fromEntries(statuses)).toMatchObject(named)
    expect(Object.keys(named)).toContain('overloaded')
  })
})
