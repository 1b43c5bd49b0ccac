import type { ExactDenoiser, RowFunction } from "./exactDenoiser.ts";
import { addFromPrincipal, toPrincipal } from "./rotate.ts";
import { checkAlphaBar, countRows } from "./rows.ts";
import type { Spectrum } from "./spectrum.ts";

/** One Gaussian of a mixture, checked. Components may share a spectrum: what depends on it is computed once. */
export type Component = { readonly logWeight: number; readonly mean: Float64Array; readonly spectrum: Spectrum };

/** What a spectrum becomes at a signal level: the marginal's variances are v = alphaBar l + 1 - alphaBar. */
type Level = {
  /** 1 / v */
  readonly precision: Float64Array;
  /** sqrt(alphaBar) l / v */
  readonly gain: Float64Array;
  /** -log(sqrt(det(2 pi v))) */
  readonly logNorm: number;
  readonly degenerate: boolean;
};

/**
 * Stands in for a variance of 0, at alphaBar = 1: so small that the nearest component takes all (or those equally near, or
 * those met exactly), which is the limit alphaBar -> 1; so large that squares divided by it are finite.
 */
const leastVariance = 1e-200;

const level = ({ variances }: Spectrum, alphaBar: number): Level => {
  const noise = 1 - alphaBar;
  const v = variances.map((l) => Math.max(alphaBar * l + noise, leastVariance));
  return {
    precision: v.map((vi) => 1 / vi),
    gain: variances.map((l, i) => (Math.sqrt(alphaBar) * l) / v[i]!),
    logNorm: -0.5 * v.reduce((sum, vi) => sum + Math.log(2 * Math.PI * vi), 0),
    degenerate: noise === 0 && variances.includes(0),
  };
};

/** A component as seen from one row: c are the principal coordinates of x - sqrt(alphaBar) mean. */
type Seen = { readonly component: Component; readonly level: Level; readonly c: Float64Array; readonly share: number };

/** Calls `visit` with each component that has a share in the row, and returns the row's log-density. */
type Look = (row: Float64Array, visit: (seen: Seen) => void) => number;

const lookAt = (components: readonly Component[], dim: number, alphaBar: number): Look => {
  const levels = new Map<Spectrum, Level>();
  for (const { spectrum } of components) if (!levels.has(spectrum)) levels.set(spectrum, level(spectrum, alphaBar));
  const signal = Math.sqrt(alphaBar);
  const difference = new Float64Array(dim);
  const c = new Float64Array(dim);
  const logs = new Float64Array(components.length);
  const coordinates = ({ mean, spectrum }: Component, row: Float64Array): Float64Array => {
    for (let i = 0; i < dim; i++) difference[i] = row[i]! - signal * mean[i]!;
    return toPrincipal(spectrum, difference, c);
  };
  return (row, visit) => {
    components.forEach((component, k) => {
      const { precision, logNorm } = levels.get(component.spectrum)!;
      coordinates(component, row);
      let distance = 0;
      for (let i = 0; i < dim; i++) distance += c[i]! * c[i]! * precision[i]!;
      logs[k] = component.logWeight + logNorm - 0.5 * distance;
    });
    const most = logs.reduce((a, b) => Math.max(a, b));
    const total = logs.reduce((sum, l) => sum + Math.exp(l - most), 0);
    components.forEach((component, k) => {
      const share = Math.exp(logs[k]! - most) / total;
      if (share > 0)
        visit({ component, level: levels.get(component.spectrum)!, c: coordinates(component, row), share });
    });
    return most + Math.log(total);
  };
};

/** The exact denoiser of a mixture of Gaussians; `where` begins the error's text. */
export const mixture = (where: string, dim: number, components: readonly Component[]): ExactDenoiser => {
  const rowwise =
    (width: number, f: (look: Look, row: Float64Array, alphaBar: number, out: Float64Array, at: number) => void) =>
    (x: Float64Array, alphaBar: number): Float64Array => {
      checkAlphaBar(where, alphaBar);
      const rows = countRows(where, x, dim);
      const look = lookAt(components, dim, alphaBar);
      const out = new Float64Array(rows * width);
      for (let i = 0; i < rows; i++) f(look, x.subarray(i * dim, (i + 1) * dim), alphaBar, out, i * width);
      return out;
    };

  const scaled = new Float64Array(dim);
  const x0: RowFunction = rowwise(dim, (look, row, _alphaBar, out, at) => {
    look(row, ({ component: { mean, spectrum }, level: { gain }, c, share }) => {
      for (let i = 0; i < dim; i++) {
        out[at + i]! += share * mean[i]!;
        scaled[i] = gain[i]! * c[i]!;
      }
      addFromPrincipal(spectrum, scaled, share, out, at);
    });
  });

  const pull = (scale: (alphaBar: number) => number): RowFunction =>
    rowwise(dim, (look, row, alphaBar, out, at) => {
      look(row, ({ component: { spectrum }, level: { precision, degenerate }, c, share }) => {
        if (degenerate && c.some((ci, i) => spectrum.variances[i] === 0 && ci !== 0))
          throw new RangeError(
            `${where}: at alphaBar = 1 eps and the score do not exist off the data; start from an alphaBar below 1`,
          );
        for (let i = 0; i < dim; i++) scaled[i] = precision[i]! * c[i]!;
        addFromPrincipal(spectrum, scaled, scale(alphaBar) * share, out, at);
      });
    });

  const logDensity: RowFunction = rowwise(1, (look, row, _alphaBar, out, at) => {
    out[at] = look(row, ({ level: { degenerate } }) => {
      if (degenerate)
        throw new RangeError(`${where}: at alphaBar = 1 a point mass has no density; take alphaBar below 1`);
    });
  });

  return { dim, x0, eps: pull((alphaBar) => Math.sqrt(1 - alphaBar)), score: pull(() => -1), logDensity };
};
