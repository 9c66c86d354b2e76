import { METRIC_COLUMNS, metricColumns, type Validation } from "../worker/protocol";
import { RunningMean } from "./envelope";
import { type SeriesBucket, type SeriesQuery, SeriesTable } from "./seriesTable";

/** Steps whose raw rows are kept: 40 MiB of them. Older ones stay in the curve of the whole run. */
export const MAX_ROWS = 2 ** 20;
/** Of the share of clipped steps "of late". */
const RECENT = 0.9;

export type Metric = (typeof metricColumns)[number];
export type Bucket = SeriesBucket;
export const columnOf = (metric: Metric): number => metricColumns.indexOf(metric);

/** All metrics of one run, kept outside React: the raw rows, and buckets of extremes and means for drawing. */
export class RunHistory {
  readonly table = new SeriesTable(METRIC_COLUMNS, MAX_ROWS);
  #clipped = new RunningMean(RECENT);
  #skippedBefore = 0;
  validations: Validation[] = [];
  /** How often the run went back to an earlier step. */
  goneBack = 0;

  /** Number of steps of which there was a row. */
  get length(): number {
    return this.table.length;
  }

  /** The step after which the history begins: 0, but for a run that was opened from a file. */
  get startStep(): number {
    return this.length === 0 ? 0 : this.table.firstStep - 1;
  }

  get lastStep(): number {
    return this.table.lastStep;
  }

  /** Share of the last few dozen steps in which the gradient was clipped, skipped steps left out; NaN before the first. */
  get clippedShare(): number {
    return this.#clipped.value;
  }

  /** Steps skipped before the first that is kept: 0 unless the run began with a saved one. */
  get skippedBefore(): number {
    return this.#skippedBefore;
  }

  /** @param rows METRIC_COLUMNS numbers each; if they begin at a step that is there already, the run went back to before it. */
  append(rows: Float32Array): void {
    const [first] = rows;
    if (first === undefined) return;
    if (this.length === 0) {
      const itself = Number.isFinite(rows[columnOf("gradNorm")]) ? 0 : 1;
      this.#skippedBefore = rows[columnOf("skippedSteps")]! - itself;
    } else if (first <= this.lastStep) {
      this.goBackTo(first - 1);
    }
    this.table.append(rows);
    for (let start = 0; start + METRIC_COLUMNS <= rows.length; start += METRIC_COLUMNS) {
      if (Number.isFinite(rows[start + columnOf("gradNorm")])) this.#clipped.add(rows[start + columnOf("clipped")]!);
    }
  }

  /** Forgets what came after a step. */
  goBackTo(step: number): void {
    this.goneBack++;
    this.table.goBackTo(step);
    this.validations = this.validations.filter((each) => each.step <= step);
  }

  /** The last value of a metric as it came, NaN if there is none. */
  last(metric: Metric): number {
    return this.table.rows.at(this.length - 1, columnOf(metric));
  }

  /** The points of some metrics, in their order, by steps. */
  buckets(metrics: readonly Metric[], query: SeriesQuery = {}): Bucket[] {
    return this.table.buckets(metrics.map(columnOf), query);
  }
}
