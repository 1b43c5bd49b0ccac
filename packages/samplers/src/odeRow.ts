import type { Move } from "./moves.ts";
import type { Row } from "./table.ts";

/** What an Euler view of the ODE makes of a move: the coefficient of eps in xbar = x/√alphaBar. */
export type OdeStep = (move: Move, time: number) => number;

/**
 * A row from a step of the ODE: xbar_s = xbar_t + step·eps, in terms of x.
 * @throws RangeError at alphaBar = 0, where xbar is not defined
 */
export const odeRow = (where: string, move: Move, time: number, step: OdeStep): Row => {
  const { t, s, alphaBarT: abT, alphaBarS: abS } = move;
  if (abT === 0 || abS === 0)
    throw new RangeError(
      `${where}: alphaBar must be > 0 at both ends, got ${abT} and ${abS} in the move ${t} → ${s}; take ddim or ddimEncode, which can pass 0`,
    );
  return { ...move, time, x: Math.sqrt(abS / abT), x0: [], eps: [Math.sqrt(abS) * step(move, time)], sigma: 0 };
};
