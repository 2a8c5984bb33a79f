import type { Size } from '../contract/options.ts'

/**
 * Whether a source may keep its size: each side differs from the wanted one by at most the margin,
 * in per cent of the wanted side (inclusive).
 */
export function isWithinMargin(source: Size, wanted: Size, marginPercent: number): boolean {
  return (
    Math.abs(source.width - wanted.width) * 100 <= wanted.width * marginPercent &&
    Math.abs(source.height - wanted.height) * 100 <= wanted.height * marginPercent
  )
}
