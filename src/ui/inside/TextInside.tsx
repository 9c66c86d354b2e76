import { useMemo } from "react";
import { useApp } from "../store";
import { ConceptTable } from "./ConceptTable";
import { useInside } from "./insideStore";
import { ReadMemory, ReadProgress, TextSource } from "./ReadControls";
import { textGlyphs } from "./readingFacts";
import { SequenceInside } from "./SequenceInside";
import { InsideFailure, Snapshot, Untrained, useReading } from "./Snapshot";

/** A text, coloured by what one unit of the network does while it reads. */
export function TextInside() {
  useReading();
  const runId = useApp((state) => state.run.id);
  const read = useInside((state) => state.read);
  const vocabulary = useApp((state) => state.run.facts?.data.vocabulary);
  const glyphs = useMemo(() => textGlyphs(vocabulary ?? []), [vocabulary]);
  return (
    <>
      <section className="inside" aria-labelledby="inside-title">
        <div className="section-head">
          <h2 id="inside-title">What each unit does as it reads</h2>
          <Snapshot step={read?.step} />
        </div>
        <Untrained step={read?.step} />
        <InsideFailure />
        <TextSource key={runId} />
        <ReadProgress />
        {read !== undefined && <SequenceInside read={read} glyphs={glyphs} />}
        <ReadMemory />
      </section>
      <ConceptTable />
    </>
  );
}
