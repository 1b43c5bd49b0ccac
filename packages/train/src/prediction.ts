/**
 * What a network predicts: the noise `eps`, the clean sample `x0`, `v = sqrt(alphaBar) eps - sqrt(1 - alphaBar) x0`, or
 * the `score = -eps / sqrt(1 - alphaBar)`, the gradient of the log density of x_t given x_0.
 */
export type Prediction = "eps" | "x0" | "v" | "score";

/** The four predictions. */
export const predictions: readonly Prediction[] = ["eps", "x0", "v", "score"];
