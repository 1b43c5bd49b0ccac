/** A step size as a function of the step, which counts updates from 0. */
export type Rate = (step: number) => number;

/** A rate from a rate or a constant. */
export const toRate = (rate: number | Rate): Rate => (typeof rate === "number" ? () => rate : rate);
