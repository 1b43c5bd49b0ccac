import { levelOf } from "./levelOf.ts";
import type { LogLikelihood } from "./logLikelihood.ts";
import { type LogInterval, logNormalInterval } from "./logNormalInterval.ts";

/** How data are quantized, and how the normal distribution is computed. */
export type DiscretizedGaussianOptions = {
  /** Number of levels, default 256. */
  readonly levels?: number;
  /** Default {@link logNormalInterval}, exact; {@link tanhLogNormalInterval} reproduces published code. */
  readonly logInterval?: LogInterval;
};

/**
 * The decoder of 8-bit data, Ho eq. (13): the log of the Gaussian's mass in the bin around a level k/127.5 - 1, as wide as
 * the levels are apart. The bins of both end levels reach to infinity, so that the masses of all levels add up to 1.
 * @returns a function that throws a RangeError where x is no such level
 * @throws RangeError unless levels is an integer >= 2
 */
export const discretizedGaussian = ({
  levels = 256,
  logInterval = logNormalInterval,
}: DiscretizedGaussianOptions = {}): LogLikelihood => {
  levelOf("discretizedGaussian", -1, levels);
  const half = 1 / (levels - 1);
  return (x, mean, logVariance) => {
    const k = levelOf("discretizedGaussian", x, levels);
    const precision = Math.exp(-logVariance / 2);
    return logInterval(
      k === 0 ? -Infinity : precision * (x - mean - half),
      k === levels - 1 ? Infinity : precision * (x - mean + half),
    );
  };
};
