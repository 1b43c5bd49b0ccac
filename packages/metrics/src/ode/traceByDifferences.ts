import { countRows } from "../rows.ts";
import type { TracedDenoiser } from "./tracedDenoiser.ts";

/** How {@link traceByDifferences} differentiates. */
export type TraceByDifferencesOptions = {
  /** Numbers per row. */
  readonly dim: number;
  /** Half the distance of the two points, default 1e-5: small against the data's finest features, for the error is its square. */
  readonly step?: number;
};

/**
 * The trace of a float64 denoiser by central differences, 2·dim further evaluations: for exact denoisers in few dimensions.
 * @param f rows at a signal level, as `gaussianMixture(...).eps`
 * @throws RangeError unless step is above 0
 */
export const traceByDifferences = (
  f: (x: Float64Array, alphaBar: number) => Float64Array,
  { dim, step = 1e-5 }: TraceByDifferencesOptions,
): TracedDenoiser => {
  if (!(step > 0 && step < Infinity))
    throw new RangeError(`traceByDifferences: step must be above 0, got ${step}; leave it out for 1e-5`);
  return (x, alphaBar) => {
    const traces = new Float64Array(countRows("traceByDifferences", "x", x, dim));
    for (let j = 0; j < dim; j++) {
      const moved = (by: number): Float64Array =>
        f(
          x.map((value, i) => (i % dim === j ? value + by : value)),
          alphaBar,
        );
      const [up, down] = [moved(step), moved(-step)];
      for (let row = 0; row < traces.length; row++)
        traces[row]! += (up[row * dim + j]! - down[row * dim + j]!) / (2 * step);
    }
    return { output: f(x, alphaBar), traces };
  };
};
