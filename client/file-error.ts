/** One file could not be done; the message is a sentence to be shown behind the file's name. */
export class FileError extends Error {
  override readonly name = 'FileError'
}
