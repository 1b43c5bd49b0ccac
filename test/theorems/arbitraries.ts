import { type Row } from "@nonmarkov/samplers";
import { fromLogSnr, maxSigma, type Schedule } from "@nonmarkov/schedule";
import fc from "fast-check";

/** log(alphaBar/(1 - alphaBar)): from data with a trace of noise to noise with a trace of data. */
const logSnrs = (min: number, max: number, most: number) =>
  fc.array(fc.double({ min, max, noNaN: true }), { minLength: 1, maxLength: most });

/** Schedules drawn by logSnr, so that both ends are met; equal neighbours occur. Ranges are limited where a test says why. */
export const schedules = ({ min = -40, max = 30, most = 30 } = {}): fc.Arbitrary<Schedule> =>
  logSnrs(min, max, most).map((values) => fromLogSnr(values.toSorted((a, b) => b - a)));

/** A number of 0..1 whose ends are met often: the ends are where formulas break. */
export const fraction = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));

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

/** One move t → s of a schedule with an admissible sigma; s >= 1 unless `clean`. */
export const moves = ({
  clean = false,
  ...range
}: { min?: number; max?: number; most?: number; clean?: boolean } = {}) =>
  fc
    .tuple(schedules(range), fc.nat(), fc.nat(), fraction)
    .filter(([{ T }]) => clean || T >= 2)
    .map(([schedule, i, j, u]) => {
      const lowest = clean ? 0 : 1;
      const t = lowest + 1 + (i % (schedule.T - lowest));
      const s = lowest + (j % (t - lowest));
      return {
        schedule,
        t,
        s,
        abT: schedule.alphaBar[t]!,
        abS: schedule.alphaBar[s]!,
        sigma: u * maxSigma(schedule.alphaBar[s]!),
      };
    });

/**
 * A row without memory, given x0, as an affine map: x_s = ofX·x_t + ofX0·x0 + sigma·z, when the network's prediction is the
 * true one, eps = (x_t - √alphaBar_t·x0)/√(1 - alphaBar_t).
 */
export const givenX0 = ({ x, x0, eps, alphaBarT, sigma }: Row): { ofX: number; ofX0: number; sigma: number } => {
  const perNoise = (eps[0] ?? 0) / Math.sqrt(1 - alphaBarT);
  return { ofX: x + perNoise, ofX0: (x0[0] ?? 0) - perNoise * Math.sqrt(alphaBarT), sigma };
};
