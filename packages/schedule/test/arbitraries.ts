import fc from "fast-check";
import { fromLogSnr, type Schedule } from "../src/index.ts";

/** Schedules of all kinds: logSnr anywhere between hardly any noise and hardly any data, half of them with zero SNR last. */
export const schedules: fc.Arbitrary<Schedule> = fc
  .tuple(fc.uniqueArray(fc.double({ min: -40, max: 20, noNaN: true }), { minLength: 1, maxLength: 30 }), fc.boolean())
  .map(([list, zero]) => fromLogSnr([...list.sort((a, b) => b - a), ...(zero ? [-Infinity] : [])]));

/** Fractions of the admissible noise; the ends are where formulas break. */
export const fractions = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }));

/** A schedule with one of its moves s < t. */
export const moves = schedules.chain((schedule) =>
  fc
    .tuple(fc.nat(schedule.T - 1), fc.nat(schedule.T - 1))
    .map(([a, b]) => ({ schedule, t: Math.max(a, b) + 1, s: Math.min(a, b) })),
);
