import { stat } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { systemErrorText } from './system-error.ts'

describe('systemErrorText()', () => {
  it('says what the system says', async () => {
    const error = await stat('/no/such/file').catch((reason: unknown) => reason)
    expect(systemErrorText(error)).toBe('no such file or directory')
  })

  it('throws what is a bug', () => {
    const bug = new TypeError('undefined is not a function')
    expect(() => systemErrorText(bug)).toThrow(bug)
  })
})
