import type { Move } from "./moves.ts";
import type { Row } from "./table.ts";

/**
 * A row that only adds noise, q(x_s | x_t) of the Markovian forward process: x_s = √(abS/abT)·x_t + √(1 - abS/abT)·z, which
 * takes one marginal to the other. A table may not end with it.
 * @param noise a factor of the added noise's deviation, default 1; others leave the marginal
 * @throws RangeError unless the move goes to more noise
 */
export const noiseRow = (move: Move, noise: number = 1): Row => {
  const { t, s, alphaBarT: abT, alphaBarS: abS } = move;
  if (!(abS < abT))
    throw new RangeError(
      `noiseRow: the move must go to lower alphaBar, got ${abT} → ${abS} in the move ${t} → ${s}; swap its ends`,
    );
  return { ...move, time: null, x: Math.sqrt(abS / abT), x0: [], eps: [], sigma: noise * Math.sqrt((abT - abS) / abT) };
};
