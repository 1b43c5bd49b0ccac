import { epsEta, maxSigma, sigmaEta } from "@nonmarkov/schedule";
import { moves, type Move } from "./moves.ts";
import type { Planner } from "./table.ts";
import { towardsData } from "./towardsData.ts";

/** eta of one move, from the row's number (0 is the first move, from tau_S) and the move itself. */
export type EtaOfMove = (i: number, move: Move) => number;

/** The factor of eps: at the largest admissible eta 0, also where the rounding of eta exceeds that; NaN beyond. */
const epsCoef = ({ alphaBarT: abT, alphaBarS: abS }: Move, eta: number): number => {
  if (eta === 0) return maxSigma(abS);
  const exact = epsEta(abT, abS, eta);
  return Number.isNaN(exact) && sigmaEta(abT, abS, eta) <= maxSigma(abS) * (1 + 1e-14) ? 0 : exact;
};

const etaOf = (eta: number | readonly number[] | EtaOfMove, count: number): EtaOfMove => {
  if (typeof eta === "number") return () => eta;
  if (typeof eta === "function") return eta;
  if (eta.length !== count)
    throw new RangeError(`ddim: eta must have one entry for each of the ${count} moves, got ${eta.length}`);
  return (i) => eta[i]!;
};

const nameOf = (eta: number | readonly number[] | EtaOfMove): string =>
  typeof eta === "number" ? `ddim(eta=${eta})` : "ddim(eta per move)";

/**
 * The non-Markovian family, eqs. (12) and (16): eta = 0 is deterministic, eta = 1 is DDPM with the small variance, and
 * every eta >= 0 with sigma² <= 1 - alphaBar_s is admissible, also above 1. The last move, to clean data, adds no noise. With
 * eta = 0 moves may go to noise: then it encodes, as `ddimEncode`.
 * @throws RangeError, when planning, if tau is not a sub-sequence, an eta is not admissible, or it is above 0 in a
 * move to noise
 */
export const ddim =
  ({
    eta = 0,
  }: {
    /** One number, one per move (first the move from tau_S), or a function of the move; default 0. */
    readonly eta?: number | readonly number[] | EtaOfMove;
  } = {}): Planner =>
  (schedule, tau) => {
    const path = moves(schedule, tau);
    const etas = etaOf(eta, path.length);
    return {
      name: nameOf(eta),
      rows: path.map((move, i) => {
        const e = etas(i, move);
        if (e > 0) towardsData("ddim", [move]);
        const eps = epsCoef(move, e);
        if (!(e >= 0 && e < Infinity) || Number.isNaN(eps)) {
          const most = maxSigma(move.alphaBarS) / sigmaEta(move.alphaBarT, move.alphaBarS, 1);
          throw new RangeError(
            `ddim: eta must be in 0..${most} in the move ${move.t} → ${move.s}, got ${e}; for more noise see sigmaHat`,
          );
        }
        const sigma = e === 0 ? 0 : Math.min(sigmaEta(move.alphaBarT, move.alphaBarS, e), maxSigma(move.alphaBarS));
        return { ...move, time: Math.max(move.t, 1), x: 0, x0: [Math.sqrt(move.alphaBarS)], eps: [eps], sigma };
      }),
    };
  };
