import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  authorsQuad,
  authorsUniform,
  everyT,
  explicitTau,
  leading,
  linearTau,
  linspace,
  quadraticTau,
  trailing,
} from "../src/index.ts";

const sizes = fc
  .tuple(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 1, max: 1500 }))
  .map(([a, b]) => ({ T: Math.max(a, b), S: Math.min(a, b) }));

const spacings = { linearTau, quadraticTau, leading, trailing, linspace };
const all = { ...spacings, authorsUniform, authorsQuad };

test.each(Object.entries(spacings))(
  "%s gives exactly S ascending entries of 1..T, and every t for S = T",
  (_, spacing) =>
    fc.assert(
      fc.property(sizes, ({ T, S }) => {
        const tau = spacing(T, S);
        expect(tau.length).toBe(S);
        expect(explicitTau(tau, T)).toEqual(tau);
        expect(spacing(T, T)).toEqual(everyT(T));
      }),
    ),
);

test.each(Object.entries(all))("%s refuses S > T, S < 1 and sizes that are no integers", (name, spacing) => {
  for (const S of [0, -1, 11, 2.5, NaN])
    expect(() => spacing(10, S)).toThrow(`${name}: S must be an integer in 1..T = 10, got ${S};`);
  for (const T of [0, 1.5, NaN]) expect(() => spacing(T, 1)).toThrow(`${name}: T must be an integer >= 1, got ${T};`);
});

describe("the paper's sub-sequences", () => {
  test("linear: floor(c i), ending at T", () => {
    expect(linearTau(1000, 3)).toEqual([333, 666, 1000]);
    expect(linearTau(1000, 10)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
  });

  test("quadratic: floor(c i^2), ending at T; where that stands still, one step at a time", () =>
    fc.assert(
      fc.property(sizes, ({ T, S }) => {
        const tau = quadraticTau(T, S);
        expect(tau.at(-1)).toBe(T);
        tau.forEach((t, k) => {
          const i = k + 1;
          const paper = Number((BigInt(T) * BigInt(i) ** 2n) / BigInt(S) ** 2n);
          expect(t).toBe(Math.max(i, paper));
        });
      }),
    ));
});

describe("the usual spacings", () => {
  test("leading begins at 1, or at 1 + offset", () => {
    expect(leading(1000, 4)).toEqual([1, 251, 501, 751]);
    expect(leading(1000, 4, { offset: 1 })).toEqual([2, 252, 502, 752]);
    for (const offset of [-1, 0.5, 250, NaN]) expect(() => leading(1000, 4, { offset })).toThrow(RangeError);
    expect(leading(1000, 4, { offset: 249 }).at(-1)).toBe(1000);
  });

  test("trailing ends at T, linspace begins at 1 and ends at T", () =>
    fc.assert(
      fc.property(sizes, ({ T, S }) => {
        expect(trailing(T, S).at(-1)).toBe(T);
        expect(linspace(T, S)[0]).toBe(1);
        if (S > 1) expect(linspace(T, S).at(-1)).toBe(T);
      }),
    ));

  test("the authors' uniform has ceil(T / floor(T/S)) entries, their quad at most S", () =>
    fc.assert(
      fc.property(sizes, ({ T, S }) => {
        const uniform = authorsUniform(T, S);
        expect(uniform.length).toBe(Math.ceil(T / Math.floor(T / S)));
        expect(explicitTau(uniform, T)).toEqual(uniform);
        const quad = authorsQuad(T, S);
        expect(explicitTau(quad, T)).toEqual(quad);
        expect([...new Set(authorsQuad(T, S, { repeats: true }))]).toEqual(quad);
        expect(authorsQuad(T, S, { repeats: true }).length).toBe(S);
      }),
    ));
});

describe("an explicit list", () => {
  test("is copied when it ascends within 1..T", () => {
    const tau = [1, 5, 10];
    expect(explicitTau(tau, 10)).toEqual(tau);
    expect(explicitTau(tau, 10)).not.toBe(tau);
  });

  test.each([
    ["empty", []],
    ["unordered", [1, 5, 3]],
    ["repeated", [1, 5, 5]],
    ["beginning at 0", [0, 5]],
    ["beyond T", [5, 11]],
    ["fractional", [1, 2.5]],
    ["no number", [1, NaN]],
  ])("is refused when it is %s", (_, tau) => {
    expect(() => explicitTau(tau, 10)).toThrow(RangeError);
  });
});
