/** A file whose content cannot be used. The message is one sentence for people: what is wrong, and where in the file. */
export class FileError extends Error {
  override readonly name = "FileError";
  constructor(
    message: string,
    /** What to do, where it is not simply to take another file. */
    readonly advice?: string,
  ) {
    super(message);
  }
}
