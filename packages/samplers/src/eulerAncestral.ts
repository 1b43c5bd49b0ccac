import { ancestralNoise, checkEta } from "./ancestralNoise.ts";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";
import { towardsData } from "./towardsData.ts";
import { x0Row } from "./x0Row.ts";

/**
 * k-diffusion's ancestral Euler: an Euler step of (14) below s, then fresh noise up to s. It is DDIM's eq. (12) with the
 * eta of (16), and at eta = 1 `ddpm` with the small variance; but eps is derived from x0, so that a clipped x0 acts on it, and
 * an eta beyond the admissible, refused by `ddim`, counts as the largest. The last move, to clean data, adds no noise.
 * @throws RangeError if eta is negative or not finite, and, when planning, if tau is not a sub-sequence or a move goes to
 * noise
 */
export const eulerAncestral = ({
  eta = 1,
}: {
  /** The part of the fresh noise, default 1; 0 is Euler's method, in x0 instead of eps. */
  readonly eta?: number;
} = {}): Planner => {
  checkEta("eulerAncestral", eta);
  return (schedule, path) => ({
    name: `eulerAncestral(eta=${eta})`,
    rows: towardsData("eulerAncestral", moves(schedule, path)).map((move) => {
      const { kept, fresh } = ancestralNoise(move, eta);
      return x0Row(move, kept, fresh);
    }),
  });
};
