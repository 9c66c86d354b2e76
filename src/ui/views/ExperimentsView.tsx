import { Play } from "lucide-react";
import { experiments } from "../../experiments/list";
import { familyOfName } from "../cells";
import { activeExperiment, startExperiment } from "../experiment/storeExperiment";
import { useApp } from "../store";

/** The guided experiments to choose from. */
export function ExperimentsView() {
  const active = useApp(activeExperiment);
  return (
    <section aria-labelledby="experiments-title">
      <h2 id="experiments-title">Guided experiments</h2>
      <p className="quiet">
        Each sets everything up and says what to do and what to look for. Its claim is held against the numbers that your machine measures.
      </p>
      <ol className="experiment-list">
        {experiments.map((experiment, i) => (
          <li key={experiment.name} data-cell={familyOfName(experiment.stages.at(-1)?.config.model.cell)}>
            <h3>
              {i + 1}. {experiment.title}
            </h3>
            <p>{experiment.claim}</p>
            <p className="quiet">{experiment.stages.length === 1 ? "One run" : `${experiment.stages.length} runs`}</p>
            <button
              type="button"
              data-testid={`experiment-${experiment.name}`}
              aria-pressed={active?.experiment === experiment}
              aria-label={`Start: ${experiment.title}`}
              onClick={() => startExperiment(experiment)}
            >
              <Play aria-hidden /> Start
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
