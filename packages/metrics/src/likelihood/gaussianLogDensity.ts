import type { LogLikelihood } from "./logLikelihood.ts";

/** log N(x; mean, exp(logVariance)), in nats: the decoder of continuous data. */
export const gaussianLogDensity: LogLikelihood = (x, mean, logVariance) =>
  -(Math.log(2 * Math.PI) + logVariance + (x - mean) ** 2 * Math.exp(-logVariance)) / 2;
