import { describe, expect, it } from 'vitest'
import { timeoutFromHeader, timeoutToHeader } from './request-timeout.ts'

describe('Request-Timeout-Ms', () => {
  it.each([
    [30_000, '30000'],
    [12.9, '12'],
    [0.2, '1'],
    [-5, '1'],
  ])('of %d ms is %s, and read back', (timeoutMs, text) => {
    expect(timeoutToHeader(timeoutMs)).toBe(text)
    expect(timeoutFromHeader(text)).toBe(Number(text))
  })

  it.each(['', '0', '-1', '1.5', '1e3', ' 5', '05', '5ms', '10000000000', '5, 5'])(
    'is not understood: %j',
    (text) => {
      expect(timeoutFromHeader(text)).toBeUndefined()
    },
  )
})
