import { sigmaEta, sigmaHat } from "@nonmarkov/schedule";
import type { MapNoise } from "./mapNoise.ts";
import type { Run } from "./run.ts";

/** How a network's output holds a prediction and as many values about its variance. */
export type Halves<V> = {
  /** The prediction. Borrows; the caller owns the result. */
  readonly read: (raw: V) => V;
  /** z·exp(intercept + slope·values), entry by entry, `values` being the other half of `raw`. Likewise. */
  readonly timesExp: (z: V, raw: V, intercept: number, slope: number) => V;
};

/** What {@link learnedVariance} is made of. */
export type LearnedVarianceOptions<V> = {
  /**
   * What the values mean: "learned" is the logarithm of the variance itself, "range" chooses it between those of the small
   * (-1) and the large variance (1).
   */
  readonly kind: "learned" | "range";
  /** Where prediction and values are in the output: `arrayHalves`, or `tensorHalves` of autodiff. */
  readonly halves: Halves<V>;
};

/**
 * What a run of `ddpm({ variance: "learned" })` needs where the network answers with its variance too (Nichol and Dhariwal,
 * arXiv 2102.09672, eq. (15)): to be spread into the run. On sub-sequences the range is that of the sub-sequence's own moves.
 * @throws RangeError if there is no such kind
 */
export const learnedVariance = <V>({
  kind,
  halves: { read, timesExp },
}: LearnedVarianceOptions<V>): Required<Pick<Run<V>, "read" | "mapNoise">> => {
  if (kind !== "learned" && kind !== "range")
    throw new RangeError(`learnedVariance: kind must be "learned" or "range", got ${JSON.stringify(kind)}`);
  const mapNoise: MapNoise<V> = (z, { alphaBarT, alphaBarS }, raw) => {
    if (kind === "learned") return timesExp(z, raw, 0, 1 / 2);
    const small = Math.log(sigmaEta(alphaBarT, alphaBarS, 1));
    const large = Math.log(sigmaHat(alphaBarT, alphaBarS));
    return timesExp(z, raw, (large + small) / 2, (large - small) / 2);
  };
  return { read, mapNoise };
};
