/** log(alphaBar / (1 - alphaBar)), twice the lambda of DPM-Solver; Infinity at 1 and -Infinity at 0. */
export const logSnr = (alphaBar: number): number => Math.log(alphaBar / (1 - alphaBar));

/** The inverse of `logSnr`: 1 / (1 + exp(-logSnr)). */
export const alphaBarFromLogSnr = (logSnr: number): number => 1 / (1 + Math.exp(-logSnr));
