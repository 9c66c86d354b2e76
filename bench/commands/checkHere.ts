import { dawn } from "../../src/headless/dawn";
import { checkDevice } from "../../src/worker/checkDevice";
import type { CheckTarget, DeviceCheck } from "../../src/worker/reports";

/** The page's own check of a device, in this process. Returns the exit code: 0 only if everything was right. */
export async function checkHere(target: CheckTarget): Promise<number> {
  let last: DeviceCheck | undefined;
  let told = 0;
  const onChange = (check: DeviceCheck): void => {
    last = check;
    for (const { kernel, passed, worst, failure } of check.kernels.slice(told)) {
      console.log(
        `${passed ? "right" : "WRONG"}  ${kernel}  (${worst.toFixed(3)} of the tolerance)${failure === undefined ? "" : `  ${failure}`}`,
      );
    }
    told = check.kernels.length;
  };
  await checkDevice(target === "webgpu" ? dawn() : undefined, target, onChange, new AbortController().signal);
  if (last === undefined) return 1;
  for (const { name, passed, worst, tolerance, failure } of last.gradients) {
    const figures = `(${worst.toExponential(1)} off, ${tolerance} allowed)`;
    console.log(`${passed ? "right" : "WRONG"}  the gradient of ${name}  ${figures}${failure === undefined ? "" : `  ${failure}`}`);
  }
  const wrong = last.kernels.filter(({ passed }) => !passed).length;
  const seconds = (last.ms / 1000).toFixed(1);
  console.log(
    `${last.device?.name ?? target}: ${last.kernels.length} kernels, ${wrong} wrong, ${last.gradients.length} gradients, ${seconds} s`,
  );
  if (last.failure !== undefined) console.error(last.failure.message);
  return last.end === "done" && wrong === 0 && last.gradients.every(({ passed }) => passed) ? 0 : 1;
}
