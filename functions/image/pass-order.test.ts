import { describe, expect, it } from 'vitest'
import { isDownFirst } from './pass-order.ts'

/** The Pillows in which the pass down comes first. */
function downFirstIn(from: string, to: string): string[] {
  const [source, result] = [size(from), size(to)]
  return (['12', '13'] as const).filter((pillow) => isDownFirst(source, result, pillow))
}

describe('isDownFirst()', () => {
  it.each([
    ['100x100', '50x50', [], 'as many rows less as columns'],
    ['100x100', '50x1', [], 'not twice as many'],
    ['100x100', '60x20', [], 'twice as many'],
    ['100x100', '60x19', ['13'], 'more than twice as many'],
    ['100x100', '100x99', ['13'], 'only the rows are less'],
    ['100x100', '200x99', ['13'], 'the columns are more'],
    ['100x100', '100x100', [], 'nothing changes'],
    ['100x100', '200x100', [], 'the rows stay'],
    ['100x100', '900x101', [], 'the rows are more'],
    ['10x1000', '10x999', ['13'], 'a hundred times as high as wide'],
    ['10x1001', '10x1000', ['12', '13'], 'more than that'],
    ['10x1001', '10x1001', [], 'more than that, and the rows stay'],
    ['10x1001', '10x1002', [], 'more than that, and the rows are more'],
    ['1x65535', '65535x1', ['12', '13'], 'the columns become rows'],
    ['65535x1', '1x65535', [], 'the rows become columns'],
    ['900x101', '1x100', [], 'far more columns less'],
  ])('of %s to %s is true of pillow=%j: %s', (from, to, expected) => {
    expect(downFirstIn(from, to)).toEqual(expected)
  })
})

function size(text: string) {
  const [width = 0, height = 0] = text.split('x').map(Number)
  return { width, height }
}
