import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ResourceType, type VariableInfo, WgslReflect } from "wgsl_reflect";
import { kernels } from "../shaders/all";
import { allCases } from "../shaders/cases/all";
import { casesByVariant, type KernelCase } from "../shaders/cases/case";
import { formCases } from "../shaders/cases/forms";
import { halfCases } from "../shaders/cases/half";
import { type AnyForm, type AnyKernel, uniformFields } from "../shaders/kernel";
import { type DawnDevice, openDawn } from "../testing/dawn";
import { runCases } from "./kernelCheck";
import { pipelinesOf } from "./pipelines";
import { WarmUp } from "./warmUp";

let dawn: DawnDevice;

beforeAll(async () => {
  dawn = await openDawn();
});
afterAll(() => dawn.close());

const own = allCases();
// Software adapters have all that a form may need.
const cases = [...own, ...formCases(own, ["subgroups"])];
/** Each kernel's modules: its own, and those of its other forms. */
const modules = kernels.flatMap((kernel): [string, AnyKernel, AnyForm][] => [
  [kernel.name, kernel, kernel],
  ...Object.entries(kernel.forms ?? {}).map(([name, form]): [string, AnyKernel, AnyForm] => [`${kernel.name} ${name}`, kernel, form]),
]);

describe("the list of kernels", () => {
  it("has every name once, and a case for each", () => {
    const names = kernels.map((kernel) => kernel.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !cases.some(({ kernel }) => kernel.name === name))).toEqual([]);
    expect(cases.filter(({ kernel }) => !names.includes(kernel.name)).map(({ kernel }) => kernel.name)).toEqual([]);
  });

  it("has a case for every form, and the forms that the fixed choice names", () => {
    const variants = [...casesByVariant(cases).keys()];
    expect(modules.map(([name]) => name).filter((name) => !variants.includes(name))).toEqual([]);
    const missing = kernels.filter(({ forms, onHardware, onSoftware }: AnyKernel) =>
      [onHardware, onSoftware].some((name) => name !== undefined && forms?.[name] === undefined),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});

describe("WGSL and TypeScript declare the same", () => {
  it.each(modules)("%s", (_, kernel, { wgsl, entryPoint = kernel.name }) => {
    const entry = new WgslReflect(wgsl).entry.compute.find(({ name }) => name === entryPoint);
    if (entry === undefined) throw new Error(`no entry point ${entryPoint}`);
    // The reflection ignores scopes: it may list, at the same binding, another entry point's global that a local variable shadows.
    const at = (binding: number) => entry.resources.filter((resource) => resource.group === 0 && resource.binding === binding);
    const fields = uniformFields(kernel).map(([name, type], field) => `${name}: ${type} at ${4 * field}`);
    expect(at(0).map(fieldsOf)).toContainEqual(fields);
    for (const [i, [name, { access, type }]] of Object.entries(kernel.bindings).entries()) {
      expect(at(i + 1).map((variable) => describeStorage(variable, name))).toContain(`${access} ${name}: ${type}`);
    }
    expect(Math.max(...entry.resources.map(({ binding }) => binding))).toBe(Object.keys(kernel.bindings).length);
  });

  const fieldsOf = ({ resourceType, members }: VariableInfo): string[] | undefined =>
    resourceType === ResourceType.Uniform ? members?.map(({ name, type, offset }) => `${name}: ${type.name} at ${offset}`) : undefined;

  /** Entry points of one module cannot share a global's name, so a variable may have a prefix before the binding's name. */
  function describeStorage(variable: VariableInfo, bindingName: string): string {
    const name = variable.name.endsWith(`_${bindingName}`) ? bindingName : variable.name;
    const element = variable.format?.getTypeName() ?? variable.type.getTypeName();
    return `${variable.access} ${name}: ${element.replace(/^vec[24](?<kind>[fu])$/, "$<kind>32").replace(/^vec4<(?<type>\w+)>$/, "$<type>")}`;
  }
});

describe("warming up", () => {
  it("ends for every kernel in every form", { timeout: 300_000 }, async () => {
    const cache = pipelinesOf(dawn.device);
    // Of its own: on a real GPU the cache warms nothing up, and nothing twice.
    const warmUp = new WarmUp(dawn.device);
    for (const [first] of casesByVariant(cases).values()) {
      if (first === undefined) continue;
      const { kernel, form, scalars } = first;
      const pipeline = await cache.pipeline({ kernel, form, scalars, storage: { real: "f32", result: "f32" } });
      dawn.device.pushErrorScope("validation");
      warmUp.start(pipeline, cache.layout(kernel));
      expect(await dawn.device.popErrorScope()).toBeNull();
    }
    await dawn.device.queue.onSubmittedWorkDone();
  });
});

/** What the adapter's own f16 computes, or, where it has none, the same kernels with f16 emulated. */
const half = casesByVariant(halfCases(cases));

describe.each([
  ["the device agrees with the f64 twin in half precision", half],
  ["the device agrees with the f64 twin", casesByVariant(cases)],
])("%s", (_, groups) => {
  // A software GPU compiles a sequence kernel in seconds, once for each set of constants.
  it.each([...groups])("%s", { timeout: 300_000 }, async (_variant: string, group: readonly KernelCase[]) => {
    const reports = await runCases(dawn.device, dawn.facts, group);
    expect(reports.map(({ failure }) => failure)).toEqual([undefined]);
  });
});
