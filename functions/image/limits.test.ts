import { expect, it } from 'vitest'
import { MAX_SOURCE_SIDE } from '../contract/source-limits.ts'
import { parseEnv } from '../runtime/parse-env.ts'
import { describeLimits, limitsOf } from '../runtime/test-limits.ts'
import { imageConfigSchema } from './config.ts'
import { BYTES_PER_SOURCE_PIXEL } from './decoded-bytes.ts'
import * as structureLimits from './structure-limits.ts'

describeLimits(import.meta.dirname, {
  ...parseEnv(imageConfigSchema, {}),
  ...structureLimits,
  BYTES_PER_SOURCE_PIXEL,
  MAX_SOURCE_SIDE,
})

it('README.md has all limits that there are for the structure of a file', () => {
  const named = limitsOf(import.meta.dirname).map(({ name }) => name)
  const limits = Object.keys(structureLimits).filter((name) => /^MAX_|_SLACK_BYTES$/.test(name))
  expect(named).toEqual(expect.arrayContaining([...limits, 'MAX_SOURCE_SIDE']))
})
