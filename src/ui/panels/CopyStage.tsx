import { getField } from "../../configPath";
import { formatPercent } from "../format";
import { useApp } from "../store";

/** More steps than this are drawn with the middle left out. */
const MAX_DELAY_SHOWN = 12;
const letters = "abcdefghijklmnopqrstuvwxyz";

function Row({ name, cells }: { readonly name: string; readonly cells: readonly string[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its time step
        <td key={i} data-symbol={/[a-z]/.test(cell) || undefined}>
          {cell}
        </td>
      ))}
    </tr>
  );
}

/** One example sequence; a symbol stands for itself, a dot for a blank step. */
function Example({ length, delay, symbols }: { readonly length: number; readonly delay: number; readonly symbols: number }) {
  const shownLength = Math.min(length, 8);
  const sequence = Array.from({ length: shownLength }, (_, i) => letters[(i * 3 + 1) % Math.min(symbols, letters.length)] ?? "a");
  const pause = Array.from({ length: Math.min(delay, MAX_DELAY_SHOWN) }, (_, i) =>
    delay > MAX_DELAY_SHOWN && i === MAX_DELAY_SHOWN / 2 ? "…" : "·",
  );
  const blank = sequence.map(() => "·");
  return (
    <div className="table-scroll">
      <table className="copy-example" aria-label="An example sequence, one column per time step">
        <colgroup>
          <col className="copy-name" />
        </colgroup>
        <tbody>
          <Row name="reads" cells={[...sequence, ...pause, ...blank]} />
          <Row name="answers" cells={[...blank, ...pause, ...sequence]} />
        </tbody>
      </table>
    </div>
  );
}

export function CopyStage() {
  const validation = useApp((state) => state.run.validation);
  const symbols = useCopyField("task.symbols");
  const length = useCopyField("task.length");
  const delay = useCopyField("task.delay");
  if (symbols === undefined || length === undefined || delay === undefined) return null;
  return (
    <div className="stage stage-copy">
      <section aria-labelledby="copy-title">
        <div className="section-head">
          <h2 id="copy-title">Copy memory</h2>
        </div>
        <p>
          The network reads {length === 1 ? "one symbol" : `${length} symbols`}, waits {delay} steps and must then repeat{" "}
          {length === 1 ? "it" : "them in order"}. What it repeats can only come from its state, so the gradient has to reach back over{" "}
          {length + delay} steps.
        </p>
        <Example length={length} delay={delay} symbols={symbols} />
        <p className="quiet">
          Guessing is right {formatPercent(1 / symbols, 1)} of the time, a loss of {Math.log(symbols).toFixed(3)} nats.
        </p>
      </section>
      <section className="recall" aria-labelledby="recall-title">
        <h2 id="recall-title">Recalled</h2>
        <p className="recall-figure">{formatPercent(validation?.accuracy, 1)}</p>
        <p className="quiet">of the symbols in sequences that it has not trained on</p>
      </section>
    </div>
  );
}

function useCopyField(path: string): number | undefined {
  return useApp((state) => {
    const value = getField(state.run.with?.config ?? state.draft, path);
    return typeof value === "number" && Number.isFinite(value) ? value : undefined;
  });
}
