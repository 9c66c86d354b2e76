import { faultOf, hasFailed } from "../deviceVerdict";
import { useApp } from "../store";
import { chooseExecutor } from "../storeConfig";
import { executorChoices } from "../urlState";

export function ExecutorChoice() {
  const executor = useApp((state) => state.executor);
  const hello = useApp((state) => state.hello);
  const verdict = useApp((state) => state.verdict);
  const fault = verdict !== undefined && hasFailed(verdict) ? faultOf(verdict) : undefined;
  const auto = hello === undefined ? "automatic" : `automatic: ${hello.auto === "webgpu" && fault === undefined ? "WebGPU" : "CPU"}`;
  const webgpu = fault === undefined ? "WebGPU" : `WebGPU (failed its check: ${fault})`;
  const labels = { auto, webgpu, cpu: "CPU" } as const;
  return (
    <label className="executor">
      <span>Runs on</span>
      <select
        data-testid="executor-choice"
        value={executor}
        onChange={({ target }) => {
          const choice = executorChoices.find((each) => each === target.value);
          if (choice !== undefined) chooseExecutor(choice);
        }}
      >
        {executorChoices.map((choice) => (
          <option key={choice} value={choice}>
            {labels[choice]}
          </option>
        ))}
      </select>
    </label>
  );
}
