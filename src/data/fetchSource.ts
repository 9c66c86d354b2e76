import { collect } from "./collect";
import { type Bytes, DataError, type DataSource, missingFile, type Progress } from "./dataSource";

const NETWORK_ADVICE = "Check the connection and that the page's server is running, then try again.";
const SERVER_ADVICE = "Try again later, or look at what the page's server reports.";

/** Development servers answer an unknown path with the page itself, so HTML means that the file is missing. */
const isPage = (response: Response): boolean => (response.headers.get("content-type") ?? "").startsWith("text/html");

const isMissing = (response: Response): boolean => response.status === 404 || response.status === 410 || (response.ok && isPage(response));

/** Reads files by HTTP below `baseUrl`, an absolute address. `request` stands in for fetch in tests. */
export function fetchSource(baseUrl: string | URL, request: typeof fetch = (input, init) => fetch(input, init)): DataSource {
  const base = String(baseUrl).endsWith("/") ? String(baseUrl) : `${baseUrl}/`;
  const urlOf = (path: string): string => new URL(path, base).href;

  return {
    async read(path, onProgress, signal) {
      try {
        const response = await request(urlOf(path), signal === undefined ? {} : { signal });
        if (isMissing(response)) throw missingFile(path);
        if (!response.ok) {
          throw new DataError("no-data", `The server answered ${response.status} for the data file ${path}.`, SERVER_ADVICE);
        }
        return await readBody(response, onProgress);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (error instanceof DataError) throw error;
        throw new DataError("no-data", `The data file ${path} could not be loaded: the connection failed or was cut off.`, NETWORK_ADVICE);
      }
    },

    async has(path) {
      try {
        let response = await request(urlOf(path), { method: "HEAD" });
        if (response.status === 405 || response.status === 501) {
          response = await request(urlOf(path));
          await response.body?.cancel();
        }
        return response.ok && !isPage(response);
      } catch {
        return false;
      }
    },
  };
}

async function readBody(response: Response, onProgress: Progress | undefined): Promise<Bytes> {
  // With a content encoding, content-length counts other bytes than those that the stream yields.
  const length = response.headers.has("content-encoding") ? 0 : Number(response.headers.get("content-length"));
  if (response.body === null) return new Uint8Array(0);
  const bytes = await collect(response.body, (received) => {
    if (length > 0) onProgress?.(Math.min(1, received / length));
  });
  onProgress?.(1);
  return bytes;
}
