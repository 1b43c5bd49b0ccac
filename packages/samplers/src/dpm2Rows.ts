import { alphaBarFromNoiseToSignal, indexAt, noiseToSignal, type Schedule } from "@nonmarkov/schedule";
import type { AncestralNoise } from "./ancestralNoise.ts";
import { eulerStep } from "./eulerStep.ts";
import type { Move } from "./moves.ts";
import { odeRow } from "./odeRow.ts";
import type { Row } from "./table.ts";
import { x0Row } from "./x0Row.ts";

/** The stop between: sigma is the geometric mean of the ends'. */
const middleOf = (schedule: Schedule, sigmaT: number, sigmaS: number): Pick<Move, "s" | "alphaBarS"> => {
  const alphaBarS = alphaBarFromNoiseToSignal(Math.sqrt(sigmaT * sigmaS));
  return { s: indexAt(schedule, alphaBarS), alphaBarS };
};

/**
 * One move of DPM-Solver-2 as k-diffusion has it: Euler's step to the middle m of the move in log sigma, then, from where it
 * began, the whole step with the slope found there. With xbar_t = xbar_m - (sigma_m - sigma_t)·eps_1 that is
 *
 *     xbar_s = xbar_m + (sigma_t - sigma_m)·eps_1 + (sigma_s - sigma_t)·eps_0,    eps = (xbar_m - x0)/sigma_m for both
 *
 * With fresh noise sigma_s is what the ODE leaves of the old, and the middle lies above that. Where log sigma has no middle, at
 * clean data, it is Euler's step.
 * @throws RangeError at alphaBar = 0, where there is no sigma
 */
export const dpm2Rows = (where: string, schedule: Schedule, move: Move, { kept, fresh }: AncestralNoise): Row[] => {
  const { t, s, alphaBarT: abT, alphaBarS: abS } = move;
  const one = abS < abT ? odeRow(where, move, Math.max(t, 1), eulerStep) : x0Row(move, kept, fresh);
  if (kept === 0 || abT === abS || abT === 1) return [one];
  if (abT === 0)
    throw new RangeError(
      `${where}: alphaBar must be > 0 at both ends, got ${abT} and ${abS} in the move ${t} → ${s}; take eulerAncestral or ddim, which can pass 0, or start at a large finite sigma`,
    );
  const sigmaT = noiseToSignal(abT);
  const sigmaS = kept / Math.sqrt(abS);
  const middle = middleOf(schedule, sigmaT, sigmaS);
  const { s: m, alphaBarS: abM } = middle;
  // so little noise is left in the middle that it cannot be told from clean data
  if (abM === 1) return [one];
  const first = { t, alphaBarT: abT, ...middle };
  const second = { t: m, s, time: m, alphaBarT: abM, alphaBarS: abS, sigma: fresh };
  if (abS < abT) {
    const [back, whole] = [eulerStep(first, t), eulerStep(move, t)].map((step) => Math.sqrt(abS) * step);
    return [odeRow(where, first, t, eulerStep), { ...second, x: Math.sqrt(abS / abM), x0: [], eps: [whole!, -back!] }];
  }
  // sigmaT - sigmaS as a difference of squares over a sum
  const whole = (abS - abT + abT * fresh * fresh) / (abS * abT) / (sigmaT + sigmaS);
  const x0 = [whole, eulerStep(first, t)].map((step) => (Math.sqrt(abS) * step) / noiseToSignal(abM));
  return [x0Row(first, Math.sqrt(1 - abM), 0), { ...second, x: kept / Math.sqrt(1 - abM), x0, eps: [] }];
};
