import { useMemo } from "react";
import type { SequenceRead } from "../../worker/protocol";
import { useApp } from "../store";
import { canAsk, readSource, useInside } from "./insideStore";
import { ReadMemory, ReadProgress } from "./ReadControls";
import { copyGlyphs, factsAt, type Glyphs } from "./readingFacts";
import { SequenceInside } from "./SequenceInside";
import { InsideFailure, Snapshot, Untrained, useReading } from "./Snapshot";

/** What the network answered at each step, under what it read. */
function Answers({ read, glyphs }: { readonly read: SequenceRead; readonly glyphs: Glyphs }) {
  const answers = Array.from(read.tokens, (_, at) => {
    const { predictions } = factsAt(read, at);
    return { given: predictions[0], right: predictions[0]?.came === true };
  });
  const asked = answers.filter(({ given }) => given !== undefined);
  const wrong = asked.filter(({ right }) => !right).length;
  return (
    <p>
      It answers{" "}
      <span className="glyph">
        {asked.map(({ given, right }, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer is its place
          <span key={i} className={right ? undefined : "wrong-answer"}>
            {glyphs.alone(given?.token ?? 0)}
          </span>
        ))}
      </span>
      : {wrong === 0 ? "all right" : `${wrong} of ${asked.length} wrong`}.
    </p>
  );
}

/** A sequence of the copy task: · is a blank step, ▸ asks for the answer. */
export function CopyInside() {
  const task = useApp((state) => state.run.with?.config.task);
  const symbols = task?.kind === "copy" ? task.symbols : 0;
  const source = useInside((state) => state.source);
  const index = source.kind === "sequence" ? source.index : 0;
  useReading();
  const read = useInside((state) => state.read);
  const isReady = useApp(canAsk);
  const glyphs = useMemo(() => copyGlyphs(symbols), [symbols]);
  return (
    <section className="inside" aria-labelledby="inside-title">
      <div className="section-head">
        <h2 id="inside-title">What each unit does as it remembers</h2>
        <Snapshot step={read?.step} />
      </div>
      <Untrained step={read?.step} />
      <InsideFailure />
      <div className="read-controls">
        <span>Sequence {index + 1} of those it is not trained on; · is a blank step, ▸ asks for the answer.</span>
        <button type="button" disabled={!isReady} onClick={() => readSource({ kind: "sequence", index: index + 1 })}>
          Another sequence
        </button>
      </div>
      <ReadProgress />
      {read?.source.kind === "sequence" && (
        <>
          <Answers read={read} glyphs={glyphs} />
          <SequenceInside read={read} glyphs={glyphs} />
        </>
      )}
      <ReadMemory />
    </section>
  );
}
