import { noiseToSignal } from "@nonmarkov/schedule";
import { eulerStep } from "./eulerStep.ts";
import type { Move } from "./moves.ts";
import { odeRow } from "./odeRow.ts";
import type { Row } from "./table.ts";
import { x0Row } from "./x0Row.ts";

/** Euler's step of one move, in x0 on the way to data, in eps on the way to noise (clean data have no eps made of x0). */
export const eulerRow = (where: string, move: Move): Row =>
  move.alphaBarS < move.alphaBarT
    ? odeRow(where, move, Math.max(move.t, 1), eulerStep)
    : x0Row(move, Math.sqrt(1 - move.alphaBarS), 0);

/**
 * Heun's step of one move: Euler's, then, where it arrived, half of the difference that the slope there makes,
 *
 *     xbar_s += (sigma_s - sigma_t)/2·(eps_0 - eps_1),   or, since eps = (xbar_s - x0)/sigma_s on the same line,
 *     xbar_s += (sigma_t - sigma_s)/(2 sigma_s)·(x0_0 - x0_1)
 *
 * @throws RangeError at alphaBar = 0, where there is no sigma
 */
export const heunRows = (where: string, move: Move): readonly Row[] => {
  const { s, alphaBarT: abT, alphaBarS: abS } = move;
  const first = eulerRow(where, move);
  if (abS === 1 || abS === abT) return [first];
  if (abT === 0)
    throw new RangeError(
      `${where}: alphaBar must be > 0 for a second evaluation, got ${abT} in the move ${move.t} → ${s}; take eulerAncestral or ddim, which can pass 0, or start at a large finite sigma`,
    );
  const half = (Math.sqrt(abS) * eulerStep(move, s)) / 2;
  const slope = abS < abT ? half : -half / noiseToSignal(abS);
  const coefs = [slope, -slope];
  const place = { t: s, s, time: s, alphaBarT: abS, alphaBarS: abS };
  return [first, { ...place, x: 1, x0: abS < abT ? [] : coefs, eps: abS < abT ? coefs : [], sigma: 0 }];
};
