import { afterEach, describe, expect, it, vi } from "vitest";
import { createMacrotasks } from "./macrotask";

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ["Node", setImmediate],
  ["a browser", undefined],
])("in %s", (_, immediate) => {
  it("a timer fires while macrotasks follow one another", async () => {
    vi.stubGlobal("setImmediate", immediate);
    const macrotasks = createMacrotasks();
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    const giveUp = performance.now() + 10_000;
    while (!fired && performance.now() < giveUp) await macrotasks.next();
    macrotasks.close();
    expect(fired).toBe(true);
  });

  it("whoever waits goes on after close", async () => {
    vi.stubGlobal("setImmediate", immediate);
    const macrotasks = createMacrotasks();
    const waiting = [macrotasks.next(), macrotasks.next()];
    macrotasks.close();
    expect(await Promise.all(waiting)).toHaveLength(2);
  });
});
