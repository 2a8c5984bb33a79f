/** The part of probe-image-size that parses bytes in memory; its own types leave it out. */
declare module 'probe-image-size/sync.js' {
  type Parse = (bytes: Buffer) => ProbedSize | undefined
  type ProbedSize = { width: number; height: number; orientation?: number }
  const probe: { parsers: Record<'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif', Parse> }
  export default probe
}
