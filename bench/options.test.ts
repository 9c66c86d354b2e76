import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { peersOf } from "./commands/run";
import { parseBenchOptions } from "./options";

describe("the command line of the benchmark", () => {
  it("has defaults", () => {
    expect(parseBenchOptions([])).toEqual({
      command: "run",
      on: "system",
      only: [],
      peers: null,
      steps: null,
      seconds: 6,
      limit: 300,
      threads: [availableParallelism()],
      python: "python3",
      json: null,
      files: [],
    });
  });

  it("takes lists", () => {
    const options = parseBenchOptions(["--on", "cpu", "--only", "digits-rnn, sweeps", "--peers", "jax-js-wasm", "--threads", "1,2"]);
    expect(options).toMatchObject({ only: ["digits-rnn", "sweeps"], peers: ["jax-js-wasm"], threads: [1, 2] });
  });

  it("measures the CPU on one thread unless told otherwise", () => expect(parseBenchOptions(["--on=cpu"])?.threads).toEqual([1]));

  it("asks for help", () => expect(parseBenchOptions(["ladder", "--help"])).toBeNull());

  it.each([
    [["climb"], 'There is no command "climb"'],
    [["run", "twice"], 'run takes no further word; it got "twice".'],
    [["plot"], "plot takes files that --json wrote; it got none."],
    [["--on", "mars"], '--on is one of system, swiftshader, cpu, browser, not "mars".'],
    [["ladder", "--on", "browser"], "--on browser is for comparing with the peers"],
    [["--only", "digits"], "--only takes names from digits-rnn, digits-lstm, digits-gru, chars-small, chars, chars-whole, sweeps"],
    [["--peers", "keras"], "--peers takes names from tfjs-webgpu"],
    [["--steps", "0"], '--steps takes whole numbers from 1 to 1000000; it got "0".'],
    [["--threads", "1,x"], '--threads takes whole numbers from 1 to 64; it got "x".'],
    [["--fast"], "Unknown option '--fast'"],
  ])("refuses %j in one sentence, with exit code 2", (args, message) => {
    expect(() => parseBenchOptions(args)).toThrow(expect.objectContaining({ message: expect.stringContaining(message), exitCode: 2 }));
  });
});

describe("peersOf", () => {
  it("leaves out what a place does not have", () => {
    expect(peersOf({ on: "cpu", peers: null })).toEqual(["tfjs-wasm", "jax-js-wasm", "torch-cpu"]);
    expect(peersOf({ on: "browser", peers: null })).toEqual(["tfjs-webgpu", "jax-js-webgpu", "tfjs-wasm", "jax-js-wasm"]);
    expect(peersOf({ on: "system", peers: [] })).toEqual([]);
    expect(peersOf({ on: "system", peers: ["unroll-cpu", "tfjs-webgpu"] })).toEqual(["tfjs-webgpu", "unroll-cpu"]);
  });

  it("refuses a peer that a place does not have", () => {
    expect(() => peersOf({ on: "cpu", peers: ["tfjs-webgpu"] })).toThrow(/--on cpu has no peer tfjs-webgpu/);
  });
});
