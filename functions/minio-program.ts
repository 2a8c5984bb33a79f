import { findGoProgram } from './go-program.ts'

export const HOW_TO_GET_MINIO =
  'go install github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c (about 5 minutes)'

/** Where the program of MinIO is. */
export function findMinio(): string | undefined {
  return findGoProgram('minio')
}
