import type { Covariance } from "./covariance.ts";
import type { ExactDenoiser } from "./exactDenoiser.ts";
import { mixture } from "./mixture.ts";
import { checkRows } from "./points.ts";
import { spectrum } from "./spectrum.ts";

/** A mixture of Gaussians, as plain data. */
export type GaussianMixture = {
  /** One weight >= 0 per component, of any sum > 0; all equal where left out. */
  readonly weights?: readonly number[];
  /** One mean per component. */
  readonly means: readonly (readonly number[])[];
  /** One covariance per component: a number, a diagonal, a full matrix, or principal directions and variances. */
  readonly covariances: readonly Covariance[];
};

const where = "gaussianMixture";

/**
 * The exact denoiser of data ~ sum_k w_k N(m_k, S_k):
 * E[x0|x] = sum_k r_k (m_k + sqrt(a) S_k (a S_k + (1-a) I)^-1 (x - sqrt(a) m_k)), a = alphaBar,
 * r_k the responsibilities under N(sqrt(a) m_k, a S_k + (1-a) I). Any covariance may be singular.
 * @throws RangeError where the lists differ in length, a covariance is not symmetric positive semi-definite, or the
 *   weights are not >= 0 with a positive sum
 */
export const gaussianMixture = ({ weights, means, covariances }: GaussianMixture): ExactDenoiser => {
  const dim = checkRows(where, "means", means);
  const w = weights ?? means.map(() => 1);
  for (const [name, list] of [["weights", w] as const, ["covariances", covariances] as const])
    if (list.length !== means.length)
      throw new RangeError(`${where}: ${name} must have one entry per mean, ${means.length}, got ${list.length}`);
  const total = w.reduce((sum, wk) => sum + wk, 0);
  if (!(w.every((wk) => wk >= 0) && total > 0 && total < Infinity))
    throw new RangeError(`${where}: weights must be >= 0 with a positive, finite sum, got ${w.join(", ")}`);
  const components = means.map((mean, k) => ({
    logWeight: Math.log(w[k]! / total),
    mean: Float64Array.from(mean),
    spectrum: spectrum(where, `covariances[${k}]`, dim, covariances[k]!),
  }));
  return mixture(
    where,
    dim,
    components.filter(({ logWeight }) => logWeight > -Infinity),
  );
};
