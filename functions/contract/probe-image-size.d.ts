/**
 * The parsers of probe-image-size, which take a header in pieces. Its own entries either join them or are
 * streams; its types leave these out.
 */
declare module 'probe-image-size/lib/formats/*.js' {
  export const Parser: new () => {
    push: (piece: Uint8Array) => void
    /** 0 for as long as it needs more. */
    getStatus: () => number
    getResult: () => { width: number; height: number; orientation?: number } | undefined
    /** What it passes over without looking, as the data of a chunk; not in those that never do. */
    bytes_to_skip?: number
  }
}
