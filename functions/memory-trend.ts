/** Memory of a process at a time. */
export type MemoryAt = { seconds: number; mb: number }

/** Megabytes in a minute, and how far off that may be: half the width of its 95 % interval. */
export type MemoryTrend = { mbPerMinute: number; noise: number }

/**
 * Samples a few seconds apart move together, as one collection of garbage shows in several of them; means
 * of longer pieces do not, and only those tell how much is chance.
 */
const PIECES = 10

/** Of Student's t with eight degrees of freedom, which ten pieces leave. */
const T_95 = 2.306

/** By how much memory grows: least squares over the means of ten equal pieces of the samples. */
export function memoryTrend(samples: readonly MemoryAt[]): MemoryTrend {
  const pieces = Array.from({ length: PIECES }, (_, i) => {
    const at = (piece: number) => Math.round((piece * samples.length) / PIECES)
    const piece = samples.slice(at(i), at(i + 1))
    return {
      minute: mean(piece.map(({ seconds }) => seconds / 60)),
      mb: mean(piece.map((s) => s.mb)),
    }
  })
  const [minute, mb] = [mean(pieces.map((p) => p.minute)), mean(pieces.map((p) => p.mb))]
  const spread = sum(pieces.map((p) => (p.minute - minute) ** 2))
  const mbPerMinute = sum(pieces.map((p) => (p.minute - minute) * (p.mb - mb))) / spread
  const off = pieces.map((p) => p.mb - mb - mbPerMinute * (p.minute - minute))
  const variance = sum(off.map((each) => each ** 2)) / (PIECES - 2)
  return { mbPerMinute, noise: T_95 * Math.sqrt(variance / spread) }
}

function sum(values: number[]): number {
  return values.reduce((total, each) => total + each, 0)
}

function mean(values: number[]): number {
  return sum(values) / values.length
}
