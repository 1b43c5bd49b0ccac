import { lambdaGap, sigmaEta } from "@nonmarkov/schedule";
import { expMoment } from "./expMoment.ts";
import type { Move } from "./moves.ts";

/**
 * Which exact solution is discretised: of the ODE with the predicted clean data ("dpmsolver++") or noise ("dpmsolver") as
 * the unknown, or of the SDE that has the same marginals, likewise ("sde-dpmsolver++", "sde-dpmsolver").
 */
export type ExponentialAlgorithm = "dpmsolver++" | "dpmsolver" | "sde-dpmsolver++" | "sde-dpmsolver";

/** One move in half log-SNRs: x_s = carry·x_t + ∫ of the prediction + sigma·z. */
export type ExponentialStep = {
  /** lambda_s - lambda_t; infinite from pure noise and to clean data. */
  readonly h: number;
  /** Which prediction is integrated. */
  readonly predicts: "x0" | "eps";
  /** Coefficient of x_t; infinite where clean data (x0) or pure noise (eps) are left. */
  readonly carry: number;
  /** What the integral makes of a prediction that is the power k of the way in lambda; k >= 1 is for finite h. */
  readonly moment: (k: number) => number;
  /** The first-order expansion in h of moment(0). */
  readonly linear: number;
  /** Standard deviation of the fresh noise. */
  readonly sigma: number;
};

/**
 * With α = √alphaBar, σ = √(1 - alphaBar), h = lambda_s - lambda_t and u in 0..1 the way from lambda_t to lambda_s:
 *
 *     dpmsolver++      x_s = σ_s/σ_t·x_t + α_s·h·∫ exp(-h(1 - u))·x0(u) du             2211.01095, Proposition 4.1
 *     dpmsolver        x_s = α_s/α_t·x_t - σ_s·h·∫ exp(h(1 - u))·eps(u) du             2206.00927, Proposition 3.1
 *     sde-dpmsolver++  x_s = σ_s/σ_t·e^(-h)·x_t + α_s·2h·∫ exp(-2h(1 - u))·x0(u) du + σ_s·√(1 - e^(-2h))·z
 *     sde-dpmsolver    x_s = α_s/α_t·x_t - 2σ_s·h·∫ exp(h(1 - u))·eps(u) du + σ_s·√(e^(2h) - 1)·z
 *
 * The first two are one formula: exchanging x0 and eps exchanges α and σ, and turns lambda round.
 * @throws RangeError if noise is to be added on a way to more noise, or by "sde-dpmsolver" from alphaBar = 0
 */
export const exponentialStep = (where: string, algorithm: ExponentialAlgorithm, move: Move): ExponentialStep => {
  const { t, s, alphaBarT: abT, alphaBarS: abS } = move;
  const [signalT, signalS] = [Math.sqrt(abT), Math.sqrt(abS)];
  const [noiseT, noiseS] = [Math.sqrt(1 - abT), Math.sqrt(1 - abS)];
  const h = lambdaGap(abT, abS);
  const predicts = algorithm.endsWith("++") ? "x0" : "eps";
  const stochastic = algorithm.startsWith("sde");
  if (stochastic && abS < abT)
    throw new RangeError(
      `${where}: "${algorithm}" adds noise, so its moves must go to higher alphaBar, got ${abT} → ${abS} in the move ${t} → ${s}; take an algorithm without noise`,
    );
  if (abT === abS) return { h, predicts, carry: 1, moment: () => 0, linear: 0, sigma: 0 };
  const gap = abS - abT;
  const step = (carry: number, first: number, gain: number, H: number, sigma: number): ExponentialStep => ({
    h,
    predicts,
    carry,
    moment: (k) => (k === 0 ? first : gain * expMoment(k, H)),
    linear: gain * H,
    sigma,
  });
  if (predicts === "x0")
    return stochastic
      ? step(
          ((1 - abS) / (1 - abT)) * (signalT / signalS),
          gap / (signalS * (1 - abT)),
          signalS,
          2 * h,
          sigmaEta(abT, abS, 1),
        )
      : step(noiseS / noiseT, gap / (noiseT * (signalS * noiseT + signalT * noiseS)), signalS, h, 0);
  const noisy = stochastic && abS < 1; // clean data are reached without noise
  if (noisy && abT === 0)
    throw new RangeError(
      `${where}: alphaBar must be > 0, since the noise that "${algorithm}" adds grows without bound, got ${abT} in the move ${t} → ${s}; take "sde-dpmsolver++"`,
    );
  const first = -gap / (signalT * (noiseT * signalS + noiseS * signalT));
  return noisy
    ? step(signalS / signalT, 2 * first, 2 * noiseS, -h, Math.sqrt(gap / abT))
    : step(signalS / signalT, first, noiseS, -h, 0);
};
