import { sigmaEta, sigmaHat } from "@nonmarkov/schedule";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";
import { towardsData } from "./towardsData.ts";

/** The deviation of a move's fresh noise; a move between equal levels adds none. */
const sigmaOf: Readonly<Record<"small" | "large" | "learned", (abT: number, abS: number) => number>> = {
  small: (abT, abS) => sigmaEta(abT, abS, 1),
  large: (abT, abS) => sigmaHat(abT, abS),
  learned: (abT, abS) => (abT === abS ? 0 : 1),
};

/**
 * Ancestral sampling, Ho et al. eq. (7) on the sub-sequence: the posterior's mean in terms of x_t and x0, so that a
 * clipped x0 acts as in Ho's own code. The last move, to clean data, adds no noise.
 * @throws RangeError if variance is none of these, and, when planning, if tau is not a sub-sequence or a move goes to noise
 */
export const ddpm = ({
  variance = "small",
}: {
  /**
   * "small" is the posterior's variance, "large" is 1 - alphaBar_t/alphaBar_s; with "learned" the noise has unit variance, to
   * be scaled by the run's mapNoise: see `learnedVariance`. Default "small".
   */
  readonly variance?: "small" | "large" | "learned";
} = {}): Planner => {
  if (variance !== "small" && variance !== "large" && variance !== "learned")
    throw new RangeError(`ddpm: variance must be "small", "large" or "learned", got ${JSON.stringify(variance)}`);
  return (schedule, tau) => ({
    name: `ddpm(${variance})`,
    rows: towardsData("ddpm", moves(schedule, tau)).map((move) => {
      const { t, alphaBarT: abT, alphaBarS: abS } = move;
      const noise = sigmaOf[variance](abT, abS);
      // clean data are reached through x0 alone, also where abT = 1 makes the posterior 0/0
      const [x, x0] =
        abS === 1
          ? [0, 1]
          : [(Math.sqrt(abT / abS) * (1 - abS)) / (1 - abT), (abS - abT) / (Math.sqrt(abS) * (1 - abT))];
      return { ...move, time: t, x, x0: [x0], eps: [], sigma: abS === 1 ? 0 : noise };
    }),
  });
};
