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
  sectioned,
  strided,
  trailing,
} from "../src/index.ts";

const upTo = (max: number) => fc.tuple(fc.integer({ min: 1, max }), fc.integer({ min: 1, max }));
/** 1 <= S <= T, mostly small, where S comes close to T often. */
const sizes = fc
  .oneof({ arbitrary: upTo(40), weight: 4 }, { arbitrary: upTo(1500), weight: 1 })
  .map(([a, b]) => ({ T: Math.max(a, b), S: Math.min(a, b) }));

const spacings = { linearTau, quadraticTau, leading, trailing, linspace };
const all = { ...spacings, authorsUniform, authorsQuad, strided };

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

  test("trailing takes strides of T/S downwards, rounded, and ties as numpy's arange leaves them", () => {
    expect(trailing(10, 3)).toEqual([3, 7, 10]);
    expect(trailing(10, 4)).toEqual([2, 5, 8, 10]);
    expect(trailing(7, 6)).toEqual([1, 2, 3, 5, 6, 7]);
  });

  test("linspace rounds the distance from 1, ties to even", () => {
    expect(linspace(4, 3)).toEqual([1, 3, 4]);
    expect(linspace(6, 3)).toEqual([1, 3, 6]);
    expect(linspace(6, 4)).toEqual([1, 3, 4, 6]);
    expect(linspace(10, 1)).toEqual([1]);
  });

  test("the authors' uniform takes every floor(T/S)th level; their quad squares equidistant numbers, the last of them exactly", () => {
    expect(authorsUniform(10, 3)).toEqual([1, 4, 7, 10]);
    expect(authorsQuad(1000, 10)).toEqual([1, 10, 40, 89, 159, 247, 356, 484, 633, 801]);
    expect(authorsQuad(20, 5)).toEqual([1, 2, 5, 10, 17]);
    expect(authorsQuad(10, 6, { repeats: true })).toEqual([1, 1, 2, 3, 6, 9]);
    expect(authorsQuad(10, 6)).toEqual([1, 2, 3, 6, 9]);
    expect(authorsQuad(7, 1)).toEqual([1]);
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

describe("the spacings of improved-diffusion", () => {
  test("strided takes the smallest stride that gives exactly S entries, and refuses where there is none", () =>
    fc.assert(
      fc.property(sizes, ({ T, S }) => {
        const every = (k: number) => everyT(T).filter((t) => (t - 1) % k === 0);
        const found = everyT(T).find((k) => every(k).length === S);
        if (found === undefined)
          expect(() => strided(T, S)).toThrow(/strided: .* exactly S entries for T = \d+, got \d+; see leading/);
        else expect(strided(T, S)).toEqual(every(found));
      }),
    ));

  test("sectioned visits each of the parts of 1..T, from end to end, at as many points as asked for", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.nat(11)), { minLength: 1, maxLength: 5 }),
        fc.nat(4),
        (parts, more) => {
          const length = Math.max(...parts.map(([size]) => size));
          const longer = more % parts.length;
          const T = length * parts.length + longer;
          const counts = parts.map(([, count]) => 1 + (count % length));
          const tau = sectioned(T, counts);
          expect(explicitTau(tau, T)).toEqual(tau);
          expect(tau.length).toBe(counts.reduce((a, b) => a + b, 0));
          let [first, at] = [1, 0];
          counts.forEach((count, section) => {
            const last = first + length - (section < longer ? 0 : 1);
            const own = tau.slice(at, at + count);
            expect(own[0]).toBe(first);
            if (count > 1) expect(own.at(-1)).toBe(last);
            own.forEach((t, i) =>
              expect(Math.abs(t - first - (i * (last - first)) / Math.max(1, count - 1))).toBeLessThanOrEqual(
                count === 1 ? 0 : 0.5 + 1e-9,
              ),
            );
            [first, at] = [last + 1, at + count];
          });
        },
      ),
    ));

  test("sectioned refuses no counts, and counts that their section has no room for", () => {
    expect(() => sectioned(10, [])).toThrow("sectioned: there must be at least one count, got 0; see linspace");
    expect(() => sectioned(10, [6, 5])).toThrow(
      "sectioned: counts[0] must be an integer in 1..5, the section's length, got 6;",
    );
    expect(() => sectioned(11, [6, 6])).toThrow(
      "sectioned: counts[1] must be an integer in 1..5, the section's length, got 6;",
    );
    expect(() => sectioned(10, [0])).toThrow("got 0;");
    expect(() => sectioned(10, [1.5])).toThrow("got 1.5;");
    expect(() => sectioned(0, [1])).toThrow("sectioned: T must be an integer >= 1, got 0;");
  });
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
