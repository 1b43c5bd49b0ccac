import type { Rate } from "./rate.ts";

/** The same rate at every step. */
export const constantRate =
  (rate: number): Rate =>
  () =>
    rate;
