/** 1 / (1 + e^-x), the gates' activation in the twins. */
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
