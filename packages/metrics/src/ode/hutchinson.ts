import { ops, vjp } from "@nonmarkov/autodiff";
import { foldIn, type Key } from "@nonmarkov/random";
import type { Probe } from "./probe.ts";
import { rademacherTensor } from "./rademacherTensor.ts";
import type { TraceEstimator } from "./traceEstimator.ts";

/** How the trace is estimated. */
export type HutchinsonOptions = {
  /** Chooses the probes: number p from foldIn(key, p). They stay the same along a trajectory, so each is an ODE of its own. */
  readonly key: Key;
  /**
   * How many, one `vjp` each; default 1. From two on there is a standard error. In two or three dimensions a few random signs
   * may all agree by chance, and it is 0: take many, or {@link exactTrace}.
   */
  readonly probes?: number;
  /** Default {@link rademacherTensor}, random signs; `normalTensor` of autodiff for Gaussian probes. */
  readonly probe?: Probe;
  /** The index of the first row, default 0: shards of a batch draw the probes of the whole. */
  readonly firstIndex?: number;
};

/**
 * Hutchinson's estimator: z·(J^T z) is unbiased for the trace of J, for any z of independent numbers with mean 0 and variance 1.
 * @throws RangeError unless probes is an integer >= 1
 */
export const hutchinson = ({
  key,
  probes = 1,
  probe = rademacherTensor,
  firstIndex = 0,
}: HutchinsonOptions): TraceEstimator => {
  if (!Number.isInteger(probes) || probes < 1)
    throw new RangeError(`hutchinson: probes must be an integer >= 1, got ${probes}; leave it out for one`);
  return (f, x) => {
    const rows = x.shape[0]!;
    const pulls = Array.from({ length: probes }, (_, p) => {
      const z = probe(foldIn(key, p), x.shape, firstIndex);
      const { value, grad } = vjp(f, x, z);
      return { value, estimate: ops.sum(ops.reshape(ops.mul(grad, z), [rows, x.size / rows]), 1) };
    });
    return { output: pulls[0]!.value, traces: pulls.map(({ estimate }) => estimate) };
  };
};
