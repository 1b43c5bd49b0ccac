import type { Covariance } from "./covariance.ts";
import { addFromPrincipal, toPrincipal } from "./rotate.ts";
import { checkRows } from "./points.ts";
import { checkAlphaBar, countRows } from "./rows.ts";
import { spectrum } from "./spectrum.ts";

/** A Gaussian distribution, as plain data. */
export type Gaussian = {
  /** The mean. */
  readonly mean: readonly number[];
  /** The covariance: a number, a diagonal, a full matrix, or principal directions and variances. */
  readonly covariance: Covariance;
};

/** A move of rows from one signal level to another; `x` is borrowed, the result is new. */
export type Flow = (x: Float64Array, alphaBarT: number, alphaBarS: number) => Float64Array;

const where = "gaussianFlow";

/**
 * The closed-form solution of DDIM's ODE (14) for Gaussian data: from x at alphaBarT to the same trajectory at alphaBarS,
 * in either direction. About sqrt(alphaBar) times the mean, each principal direction is scaled by
 * sqrt((a_s l + 1 - a_s) / (a_t l + 1 - a_t)), l the variance along it.
 * @throws RangeError where an alphaBar is outside [0, 1], rows do not fit, or a direction without variance is left from
 *   alphaBarT = 1 (all trajectories start in one point there)
 */
export const gaussianFlow = ({ mean, covariance }: Gaussian): Flow => {
  const dim = checkRows(where, "mean", [mean]);
  const s = spectrum(where, "covariance", dim, covariance);
  return (x, alphaBarT, alphaBarS) => {
    checkAlphaBar(where, alphaBarT);
    checkAlphaBar(where, alphaBarS);
    const rows = countRows(where, x, dim);
    if (alphaBarT === 1 && alphaBarS < 1 && s.variances.includes(0))
      throw new RangeError(`${where}: a direction without variance has no trajectory that leaves alphaBarT = 1`);
    const scale = s.variances.map((l) =>
      alphaBarT === alphaBarS ? 1 : Math.sqrt((alphaBarS * l + (1 - alphaBarS)) / (alphaBarT * l + (1 - alphaBarT))),
    );
    const out = new Float64Array(x.length);
    const c = new Float64Array(dim);
    for (let at = 0; at < rows * dim; at += dim) {
      const centred = x.slice(at, at + dim).map((xi, i) => xi - Math.sqrt(alphaBarT) * mean[i]!);
      toPrincipal(s, centred, c);
      for (let i = 0; i < dim; i++) c[i]! *= scale[i]!;
      for (let i = 0; i < dim; i++) out[at + i] = Math.sqrt(alphaBarS) * mean[i]!;
      addFromPrincipal(s, c, 1, out, at);
    }
    return out;
  };
};
