/** What the centre of the page can show; `?view=` takes these names. */
export const viewIds = ["training", "time", "truncation", "parameters", "inside", "race", "experiments"] as const;
export type ViewId = (typeof viewIds)[number];
export const DEFAULT_VIEW: ViewId = "training";
