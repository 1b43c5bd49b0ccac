import { fromLogSnr } from "@nonmarkov/schedule";
import fc from "fast-check";

/** Schedules of 1 to 12 steps over a wide range of logSnr. */
export const schedules = fc
  .uniqueArray(fc.double({ min: -25, max: 15, noNaN: true }), { minLength: 1, maxLength: 12 })
  .map((logSnrs) => fromLogSnr(logSnrs.sort((a, b) => b - a)));

/** Seeds of keys. */
export const seeds = fc.integer();
