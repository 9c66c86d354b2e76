/** Each family of cells has one colour everywhere; `data-cell` carries it to the style sheet. */
export type CellFamily = "rnn" | "lstm" | "gru";

/** The family of a cell's name in a configuration; anything unknown is shown as a GRU. */
export const familyOfName = (name: unknown): CellFamily => (name === "lstm" ? "lstm" : name === "rnn_tanh" ? "rnn" : "gru");
