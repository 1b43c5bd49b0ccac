import { discreteDdim, implicit, multinomial, type Planner } from "@nonmarkov/discrete";
import { fromLogSnr } from "@nonmarkov/schedule";
import fc from "fast-check";

/** Schedules of 1 to 12 steps over a wide range of logSnr. */
export const schedules = fc
  .uniqueArray(fc.double({ min: -12, max: 12, noNaN: true }), { minLength: 1, maxLength: 12 })
  .map((logSnrs) => fromLogSnr(logSnrs.sort((a, b) => b - a)));

/** Planners of every kind, for K classes. */
export const planners = (classes: number): readonly Planner[] => [
  implicit(),
  discreteDdim({ eta: 0.4 }),
  discreteDdim({ eta: 1 }),
  multinomial({ classes }),
];

/** Classes of a number of coordinates. */
export const classesOf = (length: number, classes: number): fc.Arbitrary<Int32Array> =>
  fc
    .array(fc.integer({ min: 0, max: classes - 1 }), { minLength: length, maxLength: length })
    .map((x) => Int32Array.from(x));
