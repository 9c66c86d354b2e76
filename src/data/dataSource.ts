/** Bytes that nothing else shares, as the web's stream and compression interfaces want them. */
export type Bytes = Uint8Array<ArrayBuffer>;

export type Progress = (fraction: number) => void;

/** Where data files come from: a server in the browser, a folder in Node. Paths are relative, such as "mnist/train-images-idx3-ubyte.gz". */
export interface DataSource {
  /**
   * Reads a whole file. Progress goes from 0 to 1, and is not reported where the size is unknown.
   * @throws DataError "no-data" if the file cannot be had; the signal's reason after an abort.
   */
  read(path: string, onProgress?: Progress, signal?: AbortSignal): Promise<Bytes>;

  /** Whether the file is there, without reading it. Never rejects. */
  has(path: string): Promise<boolean>;
}

/** no-data: a file is missing or cannot be fetched. bad-file: it is there, but is not what it should be. */
export type DataErrorCode = "no-data" | "bad-file";

/** A fault in the data, told to people: what was found, and what they can do. */
export class DataError extends Error {
  override readonly name = "DataError";
  constructor(
    readonly code: DataErrorCode,
    message: string,
    readonly advice: string,
  ) {
    super(message);
  }
}

const FETCH_ADVICE = "Run `npm run data` in the project's folder to fetch the data sets, then start again.";

export const missingFile = (path: string): DataError => new DataError("no-data", `The data file ${path} is not there.`, FETCH_ADVICE);

/** A data set's file that is damaged; `sentence` names the file, what was expected and what was found. */
export const badDataFile = (sentence: string): DataError =>
  new DataError("bad-file", sentence, "Delete the file and run `npm run data` in the project's folder to fetch it again.");
