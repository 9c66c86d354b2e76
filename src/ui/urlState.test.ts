import { describe, expect, it } from "vitest";
import { applyOverrides } from "../configPath";
import { experiments } from "../experiments/list";
import { presetNamed, presets } from "../presets";
import { defaultView, readUrl, stagePreset, writeUrl } from "./urlState";

const base = "digits-rnn";

const usual = { executor: "auto", kernels: "auto", threads: undefined, probeEvery: 10, view: "training", experiment: undefined } as const;

describe("readUrl", () => {
  it("gives the default preset for an empty address", () => {
    expect(readUrl("", base)).toEqual({ preset: presetNamed(base), config: presetNamed(base).config, ...usual, problems: [] });
  });

  it("applies overrides and the executor", () => {
    const { config, executor, problems } = readUrl("?preset=digits-small&optimizer.lr=0.01&executor=cpu", base);
    expect(config.optimizer.lr).toBe(0.01);
    expect(config.model.hiddenSize).toBe(32);
    expect(executor).toBe("cpu");
    expect(problems).toEqual([]);
  });

  it("leaves out what is wrong, says so, and keeps the rest", () => {
    const { preset, config, executor, problems } = readUrl("?preset=nope&model.hiddenSize=0&seed=7&utm=1&executor=tpu", base);
    expect(preset.name).toBe(base);
    expect(config.model.hiddenSize).toBe(128);
    expect(config.seed).toBe(7);
    expect(executor).toBe("auto");
    expect(problems.join("\n")).toMatch(/no preset "nope"[\s\S]*tpu[\s\S]*model\.hiddenSize/);
  });

  it("takes how often to probe", () => {
    expect(readUrl("?probe=0", base)).toMatchObject({ probeEvery: 0, problems: [] });
    expect(readUrl("?probe=7", base)).toMatchObject({ probeEvery: 10, problems: [expect.stringContaining('"7"')] });
  });

  it("passes over what is not meant for it", () => {
    expect(readUrl("?utm_source=mail&__proto__=1", base)).toMatchObject({ config: presetNamed(base).config, problems: [] });
  });

  it.each(["model.hiddenSize=", "model.hiddenSize=NaN", "task=x", "optimizer.kind=lion", "clip.max=%00"])(
    "falls back to the preset for %s",
    (search) => {
      const { config, problems } = readUrl(`?${search}`, base);
      expect(config).toEqual(presetNamed(base).config);
      expect(problems).toHaveLength(1);
    },
  );
});

describe("writeUrl", () => {
  it("is empty for the default", () => {
    expect(writeUrl({ preset: presetNamed(base), config: presetNamed(base).config, ...usual }, base)).toBe("");
  });

  it("is read back as it was, for every preset and change of kind", () => {
    const changes = [
      ["optimizer.kind", "sgd"],
      ["clip.kind", "none"],
      ["seed", "99"],
      ["sampling.prompt", "a & b = ü"],
    ] as const;
    for (const preset of presets) {
      const config = applyOverrides(preset.config, changes);
      const asked = {
        preset,
        config,
        executor: "webgpu",
        kernels: "fixed",
        threads: 2,
        probeEvery: 100,
        view: "training",
        experiment: undefined,
      } as const;
      expect(readUrl(writeUrl(asked, base), base)).toEqual({ ...asked, problems: [] });
    }
  });
});

describe("the address of a guided experiment", () => {
  it("is read back at each of its stages, with its view and settings", () => {
    for (const experiment of experiments) {
      for (const [index, { config }] of experiment.stages.entries()) {
        const preset = stagePreset(experiment, index);
        const active = { experiment, index, preset, earlier: [] };
        const asked = {
          preset,
          experiment: active,
          config,
          executor: "cpu",
          kernels: "auto",
          threads: undefined,
          probeEvery: 10,
          view: defaultView(active),
        } as const;
        const search = writeUrl(asked, base);
        expect(search).toBe(`?experiment=${experiment.name}${index > 0 ? `&stage=${index + 1}` : ""}&executor=cpu`);
        expect(readUrl(search, base)).toEqual({ ...asked, problems: [] });
      }
    }
  });

  it("that asks for what is not there opens what is, and says so", () => {
    expect(readUrl("?experiment=vanishing", base)).toMatchObject({ preset: presetNamed(base), experiment: undefined });
    expect(readUrl("?experiment=vanishing", base).problems.join()).toMatch(/no experiment "vanishing"/);
    const late = readUrl("?experiment=explode&stage=9", base);
    expect(late.experiment?.index).toBe(0);
    expect(late.problems.join()).toMatch(/stage 9; "Make it explode, then clip it" has 2/);
  });

  it("ends with another preset", () => {
    const late = readUrl("?experiment=explode", base);
    const other = presetNamed("digits-gru");
    expect(writeUrl({ ...late, preset: other, config: other.config, view: "training" }, base)).toBe("?preset=digits-gru");
  });
});
