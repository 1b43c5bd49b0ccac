import { type Row } from "@nonmarkov/samplers";
import { fromLogSnr, maxSigma, type Schedule } from "@nonmarkov/schedule";
import fc from "fast-check";

/** Numbers of min..max: spread evenly, and doubles as fast-check draws them, of which most are tiny or at an end. */
export const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.nat(2 ** 30).map((i) => min + (i / 2 ** 30) * (max - min)),
    fc.double({ min, max, noNaN: true }),
  );

/**
 * Schedules drawn by their log(alphaBar/(1 - alphaBar)): from data with a trace of noise to noise with a trace of data, both
 * spread out and close together, where eta may be far above 1. Ranges are limited where a test says why.
 */
export const schedules = ({ min = -40, max = 30, most = 30 } = {}): fc.Arbitrary<Schedule> => {
  const wide = fc.array(between(min, max), { minLength: 1, maxLength: most });
  const close = fc
    .tuple(between(min, max), between(-9, 1), fc.array(between(-1, 1), { minLength: 1, maxLength: most }))
    .map(([centre, width, places]) =>
      places.map((place) => Math.min(max, Math.max(min, centre + place * 10 ** width))),
    );
  return fc.oneof(wide, close).map((values) => fromLogSnr(values.toSorted((a, b) => b - a)));
};

/** A number of 0..1 whose ends are met often: the ends are where formulas break. */
export const fraction = fc.oneof(fc.constantFrom(0, 1), between(0, 1));

/** Any sub-sequence of 1..T. */
export const tausOf = ({ T }: Schedule): fc.Arbitrary<number[]> =>
  fc.subarray(
    Array.from({ length: T }, (_, i) => i + 1),
    { minLength: 1 },
  );

/** A schedule, a sub-sequence, and for every move a sigma from all that is admissible: 0..√(1 - alphaBar_s). */
export const chains = (range: { min?: number; max?: number; most?: number } = {}) =>
  schedules(range).chain((schedule) =>
    tausOf(schedule).chain((tau) =>
      fc.array(fraction, { minLength: tau.length, maxLength: tau.length }).map((fractions) => ({
        schedule,
        tau,
        sigmas: [0, ...tau.slice(0, -1)].map((s, i) => fractions[i]! * maxSigma(schedule.alphaBar[s]!)).reverse(),
      })),
    ),
  );

/** One move t → s with s >= 1, and an admissible sigma. */
export const moves = (range: { min?: number; max?: number; most?: number } = {}) =>
  fc
    .tuple(schedules(range), fc.nat(), fc.nat(), fraction)
    .filter(([{ T }]) => T >= 2)
    .map(([schedule, i, j, u]) => {
      const t = 2 + (i % (schedule.T - 1));
      const s = 1 + (j % (t - 1));
      const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
      return { schedule, t, s, abT, abS, sigma: u * maxSigma(abS) };
    });

/**
 * A row without memory, given x0, as an affine map: x_s = ofX·x_t + ofX0·x0 + sigma·z, when the network's prediction is the
 * true one, eps = (x_t - √alphaBar_t·x0)/√(1 - alphaBar_t).
 */
export const givenX0 = ({ x, x0, eps, alphaBarT, sigma }: Row): { ofX: number; ofX0: number; sigma: number } => {
  const perNoise = (eps[0] ?? 0) / Math.sqrt(1 - alphaBarT);
  return { ofX: x + perNoise, ofX0: (x0[0] ?? 0) - perNoise * Math.sqrt(alphaBarT), sigma };
};
