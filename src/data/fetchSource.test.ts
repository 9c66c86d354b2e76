import { describe, expect, it } from "vitest";
import { fetchSource } from "./fetchSource";

const answering = (response: () => Response) => fetchSource("https://host/app/data", async () => response());
const bytes = Uint8Array.of(1, 2, 3, 4);

describe("fetchSource", () => {
  it("reads below its base address and reports progress", async () => {
    const asked: string[] = [];
    const source = fetchSource("https://host/app/data", async (input) => {
      asked.push(String(input));
      return new Response(bytes, { headers: { "content-length": "4" } });
    });
    const reported: number[] = [];
    expect(await source.read("mnist/a.gz", (fraction) => reported.push(fraction))).toEqual(bytes);
    expect(asked).toEqual(["https://host/app/data/mnist/a.gz"]);
    expect(reported.at(-1)).toBe(1);
  });

  it("never reports more than 1, whatever the headers say", async () => {
    const reported: number[] = [];
    const wrong = answering(() => new Response(bytes, { headers: { "content-length": "2" } }));
    const encoded = answering(() => new Response(bytes, { headers: { "content-length": "2", "content-encoding": "gzip" } }));
    await wrong.read("a", (fraction) => reported.push(fraction));
    await encoded.read("a", (fraction) => reported.push(fraction));
    expect(Math.max(...reported)).toBe(1);
  });

  it.each([
    ["a 404", () => new Response("", { status: 404 })],
    ["a page instead of data", () => new Response("<!doctype html>", { headers: { "content-type": "text/html; charset=utf-8" } })],
  ])("takes %s for a missing file", async (_, response) => {
    const expected = { code: "no-data", message: "The data file a.gz is not there.", advice: expect.stringContaining("npm run data") };
    await expect(answering(response).read("a.gz")).rejects.toMatchObject(expected);
    expect(await answering(response).has("a.gz")).toBe(false);
  });

  it("tells a server's error from a failed connection", async () => {
    await expect(answering(() => new Response("", { status: 503 })).read("a.gz")).rejects.toMatchObject({
      code: "no-data",
      message: "The server answered 503 for the data file a.gz.",
    });
    const offline = fetchSource("https://host/", async () => {
      throw new TypeError("fetch failed");
    });
    await expect(offline.read("a.gz")).rejects.toMatchObject({
      code: "no-data",
      message: expect.stringContaining("the connection failed"),
    });
    expect(await offline.has("a.gz")).toBe(false);
  });

  it("reports a connection that breaks half-way", async () => {
    const broken = answering(() => {
      let sent = false;
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent) controller.error(new TypeError("terminated"));
          else controller.enqueue(bytes);
          sent = true;
        },
      });
      return new Response(body, { headers: { "content-length": "8" } });
    });
    await expect(broken.read("a.gz")).rejects.toMatchObject({ code: "no-data", message: expect.stringContaining("cut off") });
  });

  it("rejects with the signal's reason after an abort", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped");
    stop.abort(reason);
    const source = fetchSource("https://host/", async (_, init) => {
      init?.signal?.throwIfAborted();
      return new Response(bytes);
    });
    await expect(source.read("a.gz", undefined, stop.signal)).rejects.toBe(reason);
  });

  it("asks for a file's presence without its content where the server can", async () => {
    const methods: (string | undefined)[] = [];
    const source = fetchSource("https://host/", async (_, init) => {
      methods.push(init?.method);
      return new Response(null, { status: init?.method === "HEAD" ? 405 : 200 });
    });
    expect(await source.has("a.gz")).toBe(true);
    expect(methods).toEqual(["HEAD", undefined]);
  });
});
