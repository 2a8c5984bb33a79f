import { spawnSync } from 'node:child_process'

const FIND =
  'command -v "$1" || command -v "$(go env GOPATH 2>/dev/null || echo "$HOME/go")/bin/$1"'

/** Where a program is: in the path, or where Go puts what it installs; `undefined` when it is nowhere. */
export function findGoProgram(name: string): string | undefined {
  const { stdout } = spawnSync('sh', ['-c', FIND, 'sh', name], { encoding: 'utf8' })
  return stdout.trim() || undefined
}
