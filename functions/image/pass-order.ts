import type { ResolvedOptions, Size } from '../contract/options.ts'

/**
 * Whether the pass down comes before the pass across, which changes a level here and there because
 * each rounds. By the size of the whole source, also when only a box of it is resized. Found by probing
 * 12.3.0 and 13.0.0 with some 3000 sizes; before 12.2 the pass across was always the first.
 */
export function isDownFirst(source: Size, size: Size, pillow: ResolvedOptions['pillow']): boolean {
  const rowsLess = source.height - size.height
  if (rowsLess <= 0) return false
  return pillow === '12'
    ? source.height > 100 * source.width
    : rowsLess > 2 * (source.width - size.width)
}
