import { describe, expect, it } from "vitest";
import {
  CONTROL_LENGTH,
  COUNTERS_LENGTH,
  clipKinds,
  GRADIENT_PARTIALS,
  gradientPartials,
  HYPER_LENGTH,
  METRICS_PER_STEP,
  stepFinalize,
} from "./gradient_norm";
import { adam, sgd } from "./optimizer";

interface Settings {
  readonly kind: "sgd" | "adam" | "adamw";
  readonly weightDecay?: number;
  readonly momentum?: number;
  readonly clip?: readonly [kind: number, max: number];
}

const count = 3;
const start = [0.5, -1, 2];
const [lr, beta1, beta2, eps] = [0.1, 0.9, 0.99, 1e-8];
const gradientAt = (t: number): number[] => start.map((_, i) => Math.sin(1 + 0.7 * t + 1.3 * i) * (i + 1));

/** The parameters after these gradients, by the kernels' twins, clipping and bias corrections included. */
function train({ kind, weightDecay = 0, momentum = 0, clip = [clipKinds.none, 0] }: Settings, gradients: readonly number[][]) {
  const hyper = new Float64Array(HYPER_LENGTH);
  hyper.set([lr, beta1, 1 - beta1, beta2, 1 - beta2, eps, weightDecay, momentum, clip[0], clip[1]]);
  const [params, moment1, moment2] = [Float64Array.from(start), new Float64Array(count), new Float64Array(count)];
  const control = new Float64Array(CONTROL_LENGTH);
  const counters = new Uint32Array(COUNTERS_LENGTH);
  for (const gradient of gradients) {
    const g = Float64Array.from(gradient);
    const partials = new Float64Array(GRADIENT_PARTIALS);
    gradientPartials.twin({ gradients: g, hyper, partials }, { count, blocks: 1 });
    const metrics = new Float64Array(METRICS_PER_STEP);
    stepFinalize.twin({ partials, row_stats: new Float64Array(3), hyper, counters, control, metrics }, { blocks: 1, rows: 1, capacity: 1 });
    if (kind === "sgd") sgd.twin({ params, gradients: g, momentum: moment1, hyper, control }, { count });
    else adam.twin({ params, gradients: g, moment1, moment2, hyper, control }, { count, decoupled: kind === "adamw" ? 1 : 0 });
  }
  return { params: Array.from(params), moments: [...moment1, ...moment2] };
}

const tenSteps = Array.from({ length: 10 }, (_, t) => gradientAt(t));

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 12);
}

/**
 * torch 2.13.0, float64:
 *   p = torch.nn.Parameter(torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)); opt = make([p])
 *   for t in range(10):
 *     p.grad = torch.tensor([math.sin(1 + 0.7 * t + 1.3 * i) * (i + 1) for i in range(3)], dtype=torch.float64)
 *     clip([p]); opt.step()
 */
describe("ten steps end where PyTorch's end", () => {
  it("SGD(lr=0.1)", () => {
    expectClose(train({ kind: "sgd" }, tenSteps).params, [0.41345617067714563, -1.1514192870695883, 2.1381180422017083]);
  });

  it("SGD(lr=0.1, momentum=0.9, weight_decay=0.01)", () => {
    const { params } = train({ kind: "sgd", momentum: 0.9, weightDecay: 0.01 }, tenSteps);
    expectClose(params, [-0.11681789647931684, -0.3649848565446293, 4.1835586506745255]);
  });

  it("SGD(lr=0.1, momentum=0.9) after clip_grad_norm_(p, 2)", () => {
    const { params } = train({ kind: "sgd", momentum: 0.9, clip: [clipKinds.norm, 2] }, tenSteps);
    expectClose(params, [0.04538280697691683, -0.560088912543042, 3.716878680850363]);
  });

  it("Adam(lr=0.1, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.01)", () => {
    const { params } = train({ kind: "adam", weightDecay: 0.01 }, tenSteps);
    expectClose(params, [0.12293975450703357, -1.0158296725797549, 2.4525324905567523]);
  });

  it("Adam(lr=0.1, betas=(0.9, 0.99), eps=1e-8) after clip_grad_value_(p, 0.6)", () => {
    const { params } = train({ kind: "adam", clip: [clipKinds.value, 0.6] }, tenSteps);
    expectClose(params, [0.1330547014863683, -1.0690750832252949, 2.441044895928141]);
  });

  it("AdamW(lr=0.1, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)", () => {
    const { params } = train({ kind: "adamw", weightDecay: 0.1 }, tenSteps);
    expectClose(params, [0.10577057459751092, -0.9192050666269418, 2.234226389802902]);
  });
});

/** Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2. Each moment is written out as a sum over all past gradients. */
function adamFromDefinition(weightDecay: number, decoupled: boolean): number[] {
  const params = [...start];
  const seen: number[][] = [];
  for (const [index, gradient] of tenSteps.entries()) {
    const t = index + 1;
    seen.push(gradient.map((g, i) => (decoupled ? g : g + weightDecay * params[i]!)));
    const moment = (beta: number, power: number, i: number) =>
      seen.reduce((sum, past, s) => sum + (1 - beta) * beta ** (t - 1 - s) * past[i]! ** power, 0) / (1 - beta ** t);
    for (let i = 0; i < count; i++) {
      const update = moment(beta1, 1, i) / (Math.sqrt(moment(beta2, 2, i)) + eps) + (decoupled ? weightDecay * params[i]! : 0);
      params[i] = params[i]! - lr * update;
    }
  }
  return params;
}

describe("ten steps end where the published algorithms end", () => {
  it("Adam with L2", () => expectClose(train({ kind: "adam", weightDecay: 0.3 }, tenSteps).params, adamFromDefinition(0.3, false)));
  it("AdamW", () => expectClose(train({ kind: "adamw", weightDecay: 0.3 }, tenSteps).params, adamFromDefinition(0.3, true)));
  it("SGD with momentum", () => {
    const buffer = [0, 0, 0];
    const params = [...start];
    for (const gradient of tenSteps) {
      for (let i = 0; i < count; i++) {
        buffer[i] = 0.5 * buffer[i]! + gradient[i]! + 0.2 * params[i]!;
        params[i] = params[i]! - lr * buffer[i]!;
      }
    }
    expectClose(train({ kind: "sgd", momentum: 0.5, weightDecay: 0.2 }, tenSteps).params, params);
  });
});

describe("a gradient that is not finite", () => {
  const kinds = ["sgd", "adam", "adamw"] as const;
  it.each(kinds.flatMap((kind) => [Number.NaN, Number.POSITIVE_INFINITY].map((bad) => [kind, bad] as const)))(
    "%s skips the step with %d",
    (kind, bad) => {
      const settings: Settings = { kind, weightDecay: 0.1, momentum: 0.9, clip: [clipKinds.norm, 1] };
      const [before, after] = [tenSteps.slice(0, 3), tenSteps.slice(3)];
      expect(train(settings, [...before, [1, bad, 1], ...after])).toEqual(train(settings, tenSteps));
    },
  );
});
