import { MultiBar } from 'cli-progress'
import type { Surroundings } from './command.ts'
import { oneLine } from './one-line.ts'

/** Lines about files as they come, and how many of the files are over. */
export type Progress = {
  /** One more file is over, with the line about it. */
  done: (line: string) => void
  failed: (line: string) => void
  /** Takes the bar away; lines stay. */
  stop: () => void
}

type Streams = Pick<Surroundings, 'stdout' | 'stderr'>

/**
 * Shows the progress over a number of files: lines of what is done on standard output, of what
 * failed on standard error, and when that is a terminal and there are several files, a bar below.
 */
export function createProgress(files: number, streams: Streams): Progress {
  return files > 1 && streams.stderr.isTTY ? withBar(files, streams) : plain(streams)
}

function plain({ stdout, stderr }: Streams): Progress {
  return {
    done: (line) => stdout.write(oneLine(line)),
    failed: (line) => stderr.write(oneLine(line)),
    stop: () => {},
  }
}

function withBar(files: number, { stdout, stderr }: Streams): Progress {
  const bars = new MultiBar({
    stream: stderr,
    format: '{bar} {value}/{total}, {duration_formatted}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    // The lines above the bar would else wipe it out until it changes.
    forceRedraw: true,
    // Else the terminal would cut those lines at its width.
    linewrap: true,
  })
  const bar = bars.create(files, 0)
  return {
    done(line) {
      // On one terminal with the bar, only the bar knows where the line may go.
      if (stdout.isTTY) bars.log(oneLine(line))
      else stdout.write(oneLine(line))
      bar.increment()
    },
    failed(line) {
      bars.log(oneLine(line))
      bar.increment()
    },
    stop() {
      // Lines that still wait for the next redraw are not written by stopping.
      bars.update()
      bars.stop()
    },
  }
}
