import { spawnSync } from 'node:child_process'

export const HOW_TO_GET_MINIO =
  'go install github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c (about 5 minutes)'

const FIND =
  'command -v minio || command -v "$(go env GOPATH 2>/dev/null || echo "$HOME/go")/bin/minio"'

/** Where the program of MinIO is: in the path, or where Go puts what it installs. */
export function findMinio(): string | undefined {
  const { stdout } = spawnSync('sh', ['-c', FIND], { encoding: 'utf8' })
  return stdout.trim() || undefined
}
