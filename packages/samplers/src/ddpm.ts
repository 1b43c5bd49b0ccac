import { sigmaEta, sigmaHat } from "@nonmarkov/schedule";
import { moves } from "./moves.ts";
import type { Planner } from "./table.ts";

/**
 * Ancestral sampling, Ho et al. eq. (7) on the sub-sequence: the posterior's mean in terms of x_t and x0, so that a
 * clipped x0 acts as in Ho's own code. The last move, to clean data, adds no noise.
 * @throws RangeError if variance is neither, and, when planning, if tau is not a sub-sequence
 */
export const ddpm = ({
  variance = "small",
}: {
  /** "small" is the posterior's variance, "large" is 1 - alphaBar_t/alphaBar_s; default "small". */
  readonly variance?: "small" | "large";
} = {}): Planner => {
  if (variance !== "small" && variance !== "large")
    throw new RangeError(`ddpm: variance must be "small" or "large", got ${JSON.stringify(variance)}`);
  return (schedule, tau) => ({
    name: `ddpm(${variance})`,
    rows: moves(schedule, tau).map((move) => {
      const { t, alphaBarT: abT, alphaBarS: abS } = move;
      const noise = variance === "small" ? sigmaEta(abT, abS, 1) : sigmaHat(abT, abS);
      // clean data are reached through x0 alone, also where abT = 1 makes the posterior 0/0
      const [x, x0] =
        abS === 1
          ? [0, 1]
          : [(Math.sqrt(abT / abS) * (1 - abS)) / (1 - abT), (abS - abT) / (Math.sqrt(abS) * (1 - abT))];
      return { ...move, time: t, x, x0: [x0], eps: [], sigma: abS === 1 ? 0 : noise };
    }),
  });
};
