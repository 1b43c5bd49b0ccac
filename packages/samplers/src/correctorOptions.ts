/** The steps of a corrector at one noise level. */
export type CorrectorOptions = {
  /** The step, in units of x² (the score is 1/x): a number, or a function of alphaBar; 1 - alphaBar is a natural unit. */
  readonly stepSize: number | ((alphaBar: number) => number);
  /** How many steps, each one evaluation of the network; default 1. */
  readonly steps?: number;
};
