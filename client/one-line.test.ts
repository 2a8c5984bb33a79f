import { describe, expect, it } from 'vitest'
import { oneLine } from './one-line.ts'

describe('oneLine()', () => {
  it('lets no text drive the terminal or add lines', () => {
    expect(oneLine('a\u001b[31m\nb\r\u009bé→')).toBe('a�[31m�b��é→\n')
  })
})
