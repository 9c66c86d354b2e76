import { ArrowLeft, ArrowRight, Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import { useId } from "react";
import { Help } from "../controls/Help";
import { formatCount } from "../format";
import { useApp } from "../store";
import {
  MAX_SMOOTHING,
  runSpan,
  setFit,
  setLogSteps,
  setSmoothing,
  showAll,
  shownSpan,
  showRange,
  useChartSettings,
  useCharts,
} from "./chartSettings";
import { type ChartRange, panned, zoomed } from "./ranges";

const choices: readonly (readonly [value: string, label: string, range: ChartRange])[] = [
  ["all", "Whole run", { kind: "all" }],
  ["tenth", "Last 10 %", { kind: "share", share: 0.1 }],
  ["1000", "Last 1,000 steps", { kind: "steps", steps: 1000 }],
  ["200", "Last 200 steps", { kind: "steps", steps: 200 }],
];

const choiceOf = (range: ChartRange): string => choices.find(([, , each]) => JSON.stringify(each) === JSON.stringify(range))?.[0] ?? "zoom";

const help =
  "Point at a chart, or focus it and press the arrow keys, to read all charts at one step. Drag over a chart, pinch it, or press + and − to " +
  "look closer; a double click or Escape goes back. The line is a running mean, the band behind it holds every value.";

const factor = 2;
const zoom = (by: number) => (): void => {
  const span = shownSpan();
  const { cursor, logSteps } = useCharts.getState();
  showRange(zoomed(span, cursor ?? (span[0] + span[1]) / 2, by, runSpan(), logSteps));
};
const pan = (share: number) => (): void => showRange(panned(shownSpan(), share, runSpan(), useCharts.getState().logSteps));

/** What all charts have in common: which steps they show, how smooth the line is, and how their axes lie. */
export function ChartToolbar() {
  const { smoothing, range, fit, logSteps } = useChartSettings();
  const id = useId();
  const empty = useApp(({ run }) => run.historyVersion >= 0 && run.history.length === 0);
  return (
    <fieldset className="chart-toolbar">
      <legend className="hidden">All charts</legend>
      <label className="toolbar-field" htmlFor={`${id}-range`}>
        <span>Steps</span>
        <select
          id={`${id}-range`}
          data-testid="chart-range"
          value={choiceOf(range)}
          onChange={({ target }) => showRange(choices.find(([value]) => value === target.value)?.[2] ?? { kind: "all" })}
        >
          {choices.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
          {range.kind === "zoom" && (
            <option value="zoom">
              {formatCount(range.from)} to {formatCount(range.to)}
            </option>
          )}
        </select>
      </label>
      <span className="toolbar-buttons">
        <button type="button" className="icon" title="Look closer (+)" aria-label="Look closer" disabled={empty} onClick={zoom(1 / factor)}>
          <ZoomIn aria-hidden />
        </button>
        <button
          type="button"
          className="icon"
          title="See more (−)"
          aria-label="See more"
          disabled={empty || range.kind === "all"}
          onClick={zoom(factor)}
        >
          <ZoomOut aria-hidden />
        </button>
        <button
          type="button"
          className="icon"
          title="Earlier (Page Down)"
          aria-label="Earlier steps"
          disabled={empty || range.kind === "all"}
          onClick={pan(-0.5)}
        >
          <ArrowLeft aria-hidden />
        </button>
        <button
          type="button"
          className="icon"
          title="Later (Page Up)"
          aria-label="Later steps"
          disabled={empty || range.kind !== "zoom"}
          onClick={pan(0.5)}
        >
          <ArrowRight aria-hidden />
        </button>
        <button
          type="button"
          className="icon"
          title="Whole run (double click or Escape on a chart)"
          aria-label="Whole run"
          disabled={range.kind === "all"}
          onClick={showAll}
        >
          <Maximize2 aria-hidden />
        </button>
        <Help label="The charts">{help}</Help>
      </span>
      <label className="toolbar-field" htmlFor={`${id}-fit`}>
        <span>Axis holds</span>
        <select
          id={`${id}-fit`}
          data-testid="chart-fit"
          value={fit}
          title="Most values: a rare spike does not flatten the curve; a triangle marks where values lie outside"
          onChange={({ target }) => setFit(target.value === "most" ? "most" : "all")}
        >
          <option value="all">All values</option>
          <option value="most">Most values</option>
        </select>
      </label>
      <label className="toolbar-field" htmlFor={`${id}-smoothing`}>
        <span>Smoothing</span>
        <input
          id={`${id}-smoothing`}
          data-testid="smoothing"
          type="range"
          min={0}
          max={MAX_SMOOTHING}
          step={0.01}
          value={smoothing}
          onChange={({ target }) => setSmoothing(Number(target.value))}
        />
        <output htmlFor={`${id}-smoothing`}>{smoothing.toFixed(2)}</output>
      </label>
      <label className="check">
        <input type="checkbox" checked={logSteps} onChange={({ target }) => setLogSteps(target.checked)} />
        log steps
      </label>
    </fieldset>
  );
}
