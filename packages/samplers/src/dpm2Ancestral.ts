import { ancestralNoise, checkEta } from "./ancestralNoise.ts";
import { dpm2Rows } from "./dpm2Rows.ts";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";
import { towardsData } from "./towardsData.ts";

/**
 * k-diffusion's ancestral DPM2: the midpoint step of `dpm2` to below s, then fresh noise up to s. An eta so large that all
 * noise is fresh leaves nothing to the midpoint: those moves have one evaluation, and are those of `eulerAncestral`.
 * @throws RangeError if eta is negative or not finite, and, when planning, if tau is not a sub-sequence, a move goes to
 * noise, or alphaBar is 0 at the start of a move with two evaluations
 */
export const dpm2Ancestral = ({
  eta = 1,
}: {
  /** The part of the fresh noise, as in (16), default 1; 0 is `dpm2`. */
  readonly eta?: number;
} = {}): Planner => {
  checkEta("dpm2Ancestral", eta);
  return (schedule, path) => ({
    name: `dpm2Ancestral(eta=${eta})`,
    rows: towardsData("dpm2Ancestral", moves(schedule, path)).flatMap((move) =>
      dpm2Rows("dpm2Ancestral", schedule, move, ancestralNoise(move, eta)),
    ),
  });
};
