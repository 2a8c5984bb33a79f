type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number }

/** What a command finds around it. When the signal aborts, it cleans up and ends at once. */
export type Surroundings = {
  stdout: Output
  stderr: Output
  signal: AbortSignal
  /** The secrets of the environment, which are never arguments: those can be read by everybody on a machine. */
  apiKey?: string | undefined
  urlSigningKey?: string | undefined
}

/** One command of the client; a file of its own each, listed in main.ts. */
export type Command = {
  /** What it does, for the list of commands. */
  summary: string
  /** What follows the name of the command, such as `INPUT... OUTPUT [options]`. */
  usage: string
  /** The text of `--help` below the usage. */
  help: string
  /** Does it; resolves with the exit code, throws UsageError before anything was done. */
  run: (args: string[], surroundings: Surroundings) => Promise<number>
}
