import { expect } from "vitest";
import { type AnyNumbers, type Numbers, unit } from "./numbers.ts";

/** The largest number, without its sign. */
export const largest = (x: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]!));
  return most;
};

/** The largest error of all numbers, as a share of the largest number. */
export const relativeError = (got: ArrayLike<number>, want: ArrayLike<number>): number => {
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i]! - want[i]!);
    if (!(error <= worst)) worst = error; // NaN stays
  }
  return worst === 0 ? 0 : worst / largest(want);
};

/** Expects the shape, and an error of at most `bound` times the largest number. */
export const expectNear = (got: Numbers, want: AnyNumbers, bound: number, what = ""): void => {
  expect(got.shape, what).toEqual(want.shape);
  expect(relativeError(got.data, want.data), what).toBeLessThanOrEqual(bound);
};

/** Expects every number to be right up to `bound` times its own magnitude. */
export const expectWithin = (
  got: Numbers,
  want: { readonly shape: readonly number[]; readonly data: Float64Array; readonly magnitude: Float64Array },
  bound: number,
  what = "",
): void => {
  expect(got.shape, what).toEqual(want.shape);
  const wrong = want.data.findIndex((w, i) => !(Math.abs(got.data[i]! - w) <= bound * want.magnitude[i]!));
  if (wrong >= 0)
    expect.fail(
      `${what} number ${wrong} of [${want.shape.join()}] must be ${want.data[wrong]} up to ` +
        `${bound * want.magnitude[wrong]!}, got ${got.data[wrong]}`,
    );
};

/** Expects the same bits, besides the sign and payload of NaN. */
export const expectSame = (got: Numbers, want: AnyNumbers, what = ""): void => {
  expect(got.shape, what).toEqual(want.shape);
  const wrong = Array.from(want.data).findIndex((w, i) => !Object.is(got.data[i], w));
  if (wrong >= 0)
    expect.fail(
      `${what} number ${wrong} of [${want.shape.join()}] must be ${want.data[wrong]}, got ${got.data[wrong]}`,
    );
};

/** Expects errors of at most `bound` units of rounding (2^-24) of numbers of size `scale`. */
export const expectUnits = (
  got: Numbers,
  want: ArrayLike<number>,
  scale: number,
  bound: number,
  what: string,
): void => {
  for (let i = 0; i < want.length; i++) {
    const units = Math.abs(got.data[i]! - want[i]!) / scale / unit;
    if (!(units <= bound))
      expect.fail(`${what}: number ${i} must be ${want[i]} up to ${bound} units, got ${got.data[i]}, off by ${units}`);
  }
};
