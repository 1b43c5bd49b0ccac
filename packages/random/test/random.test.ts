import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bits,
  fillNormal,
  foldIn,
  integers,
  key,
  type Key,
  normal,
  permutation,
  split,
  uniform,
} from "../src/index.ts";
import { minusLogOfWord } from "../src/minusLogOfWord.ts";
import { chiSquareTail, ksTail, normalCdf, uniformCells } from "./statistics.ts";

/**
 * Keys are fixed, so a statistical test passes or fails for good. Each p-value is compared with ALARM: some 150 are
 * computed here, so all of them together would raise a false alarm for one choice of keys in some thousands.
 */
const ALARM = 1e-6;
const words = fc.integer({ min: 0, max: 0xffffffff });
const keys: fc.Arbitrary<Key> = fc.tuple(words, words);
const seeds = [0, 1, -1, 12345, 2 ** 53 - 1];

const draws: Record<string, (key: Key, n: number) => ArrayLike<number>> = {
  bits,
  uniform,
  normal,
  integers: (k, n) => integers(k, n, -3, 1000),
  "integers with many rejections": (k, n) => integers(k, n, -(2 ** 30), 2 ** 30 + 1),
};

describe.each(Object.entries(draws))("%s", (_, draw) => {
  test("is a function of the key, and the first m values do not depend on n", () =>
    fc.assert(
      fc.property(keys, fc.nat(70), fc.nat(70), (k, m, more) => {
        expect(Array.from(draw(k, m + more)).slice(0, m)).toEqual(Array.from(draw(k, m)));
      }),
    ));

  test("gives other values for another key", () =>
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        fc.pre(a[0] !== b[0] || a[1] !== b[1]);
        expect(Array.from(draw(a, 8))).not.toEqual(Array.from(draw(b, 8)));
      }),
    ));

  test("refuses a count that is no count", () => {
    for (const n of [-1, 0.5, NaN, 2 ** 32]) expect(() => draw([0, 0], n)).toThrow(RangeError);
  });
});

describe("keys", () => {
  test("of different seeds differ, also negative, huge and zero ones", () => {
    const list = [0, 1, -1, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 63n - 1n, -(2n ** 63n)].map(key);
    expect(new Set(list.map(String)).size).toBe(list.length);
    expect(key(0)).toEqual([0, 0]);
    expect(key(7)).toEqual(key(7n));
  });

  test("are two unsigned words, and so are their children", () =>
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (seed, data) => {
        const k = key(seed);
        for (const word of [k, foldIn(k, data), ...split(k, 3)].flat()) expect(word).toBe(word >>> 0);
      }),
    ));

  test("reject what is no 64-bit integer", () => {
    for (const seed of [0.5, NaN, 2 ** 53, 2n ** 63n]) expect(() => key(seed)).toThrow(RangeError);
    for (const data of [0.5, NaN, 2 ** 53]) expect(() => foldIn([0, 0], data)).toThrow(RangeError);
    expect(() => split([0, 0], -1)).toThrow(RangeError);
  });

  test("split into children that do not depend on their number", () =>
    fc.assert(
      fc.property(keys, fc.nat(20), fc.nat(20), (k, m, more) => {
        expect(split(k, m + more).slice(0, m)).toEqual(split(k, m));
      }),
    ));

  test("have children that all differ from each other, from the parent and from what the parent draws", () =>
    fc.assert(
      fc.property(keys, (k) => {
        const drawn = bits(k, 200);
        const list = [
          k,
          ...split(k, 100),
          ...Array.from({ length: 100 }, (_, i) => foldIn(k, i - 50)),
          ...[2 ** 32, 2 ** 33, -(2 ** 33), 2 ** 53 - 1].map((i) => foldIn(k, i)),
          ...Array.from({ length: 100 }, (_, i) => [drawn[2 * i], drawn[2 * i + 1]]),
        ];
        expect(new Set(list.map(String)).size).toBe(list.length);
      }),
      { numRuns: 20 },
    ));

  test("siblings are independent: neighbours' bits agree in half of the places, their normals do not correlate", () => {
    const n = 20_000;
    for (const seed of seeds) {
      const parent = key(seed);
      const [a, b] = split(parent, 2) as [Key, Key];
      for (const [p, q] of [
        [a, b],
        [parent, a],
        [foldIn(parent, 0), foldIn(parent, 1)],
        [foldIn(parent, 0), a],
        [key(seed), key(seed === 2 ** 53 - 1 ? 0 : seed + 1)],
      ] as [Key, Key][]) {
        const x = bits(p, n);
        const y = bits(q, n);
        const ones = new Int32Array(32);
        for (let i = 0; i < n; i++) for (let j = 0; j < 32; j++) ones[j]! += ((x[i]! ^ y[i]!) >>> j) & 1;
        const z2 = ones.reduce((acc, c) => acc + (c - n / 2) ** 2 / (n / 4), 0);
        expect(chiSquareTail(z2, 32)).toBeGreaterThan(ALARM);
        const u = normal(p, n);
        const v = normal(q, n);
        const r = u.reduce((acc, ui, i) => acc + ui * v[i]!, 0) / Math.sqrt(n);
        expect(chiSquareTail(r * r, 1)).toBeGreaterThan(ALARM);
      }
    }
  });
});

describe("distributions (fixed keys)", () => {
  test.each(seeds)("bits of seed %i: each of 256 bytes is equally frequent at each of the four places", (seed) => {
    const x = bits(key(seed), 100_000);
    for (const shift of [0, 8, 16, 24]) {
      const counts = new Int32Array(256);
      for (const word of x) counts[(word >>> shift) & 255]! += 1;
      expect(uniformCells(counts)).toBeGreaterThan(ALARM);
    }
  });

  test.each(seeds)("uniform of seed %i lies in [min, max) and passes Kolmogorov-Smirnov", (seed) => {
    const x = uniform(key(seed), 100_000, { min: -2, max: 3 });
    expect(Math.min(...x.slice(0, 50_000))).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...x.slice(0, 50_000))).toBeLessThan(3);
    expect(ksTail(x, (v) => (v + 2) / 5)).toBeGreaterThan(ALARM);
  });

  test("uniform uses 53 bits", () => {
    const x = uniform(key(3), 2000);
    expect(x.every((v) => Number.isInteger(v * 2 ** 53))).toBe(true);
    expect(x.filter((v) => !Number.isInteger(v * 2 ** 52)).length).toBeGreaterThan(800);
  });

  test.each(seeds)(
    "normal of seed %i passes Kolmogorov-Smirnov, also each half of a pair and the squared radius",
    (seed) => {
      const x = normal(key(seed), 200_000);
      expect(ksTail(x, normalCdf)).toBeGreaterThan(ALARM);
      const even = x.filter((_, i) => i % 2 === 0);
      const odd = x.filter((_, i) => i % 2 === 1);
      expect(ksTail(even, normalCdf)).toBeGreaterThan(ALARM);
      expect(ksTail(odd, normalCdf)).toBeGreaterThan(ALARM);
      expect(
        ksTail(
          even.map((v, i) => v * v + odd[i]! * odd[i]!),
          (v) => 1 - Math.exp(-v / 2),
        ),
      ).toBeGreaterThan(ALARM);
      expect(
        ksTail(
          even.map((v, i) => Math.atan2(odd[i]!, v)),
          (v) => 0.5 + v / (2 * Math.PI),
        ),
      ).toBeGreaterThan(ALARM);
    },
  );

  test.each(seeds)(
    "normal of seed %i has the moments 0, 1, 0, 3 within five standard errors, and no lag correlation",
    (seed) => {
      const n = 200_000;
      const x = normal(key(seed), n);
      const mean = (f: (v: number, i: number) => number) => x.reduce((acc, v, i) => acc + f(v, i), 0) / n;
      // variances of z, z^2, z^3, z^4: 1, 2, 15, 96
      const within = (got: number, want: number, variance: number) =>
        expect(Math.abs(got - want)).toBeLessThan(5 * Math.sqrt(variance / n));
      within(
        mean((v) => v),
        0,
        1,
      );
      within(
        mean((v) => v * v),
        1,
        2,
      );
      within(
        mean((v) => v ** 3),
        0,
        15,
      );
      within(
        mean((v) => v ** 4),
        3,
        96,
      );
      for (const lag of [1, 2, 3, 64])
        within(
          mean((v, i) => v * (x[i + lag] ?? 0)),
          0,
          1,
        );
    },
  );

  test.each(seeds)("integers of seed %i fill a range that does not divide 2^32 evenly", (seed) => {
    const counts = new Int32Array(7);
    for (const v of integers(key(seed), 70_000, -3, 4)) counts[v + 3]! += 1;
    expect(counts.reduce((a, b) => a + b)).toBe(70_000);
    expect(uniformCells(counts)).toBeGreaterThan(ALARM);
    // thirds of the range 3 2^30: plain remainders of 2^32 would give the first third twice the weight
    const thirds = new Int32Array(3);
    for (const v of integers(key(seed), 30_000, -(2 ** 31), 2 ** 30)) thirds[Math.floor((v + 2 ** 31) / 2 ** 30)]! += 1;
    expect(uniformCells(thirds)).toBeGreaterThan(ALARM);
  });

  test.each(seeds)("permutations of seed %i: each of the 24 orders of four is equally frequent", (seed) => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = permutation(foldIn(key(seed), i), 4).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    expect(uniformCells([...counts.values()])).toBeGreaterThan(ALARM);
  });
});

describe("permutation", () => {
  test("holds every index once", () =>
    fc.assert(
      fc.property(keys, fc.nat(300), (k, n) => {
        expect(Array.from(permutation(k, n)).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    ));

  test("refuses a length that Int32Array cannot index", () => {
    expect(() => permutation([0, 0], 2 ** 31)).toThrow(RangeError);
  });
});

describe("integers and uniform", () => {
  test("integers stay within their bounds, the widest included", () =>
    fc.assert(
      fc.property(keys, fc.integer(), fc.integer(), (k, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b) + 1];
        for (const v of integers(k, 20, low, high)) expect(v >= low && v < high).toBe(true);
      }),
    ));

  test("refuse empty or unordered ranges", () => {
    for (const [low, high] of [
      [0, 0],
      [1, 0],
      [0, 0.5],
      [0, 2 ** 31 + 1],
      [-(2 ** 31) - 1, 0],
      [NaN, 1],
    ] as const)
      expect(() => integers([0, 0], 1, low, high)).toThrow(RangeError);
    for (const [min, max] of [
      [1, 0],
      [0, Infinity],
      [NaN, 1],
      [-1e308, 1e308],
    ] as const)
      expect(() => uniform([0, 0], 1, { min, max })).toThrow(RangeError);
  });
});

describe("normal", () => {
  test("equals Box-Muller with the engine's own log, sin and cos to a few units in the last place", () =>
    fc.assert(
      fc.property(keys, (k) => {
        const w = bits(k, 20);
        normal(k, 20).forEach((z, i) => {
          const radius = Math.sqrt(-2 * Math.log((w[i - (i % 2)]! + 0.5) / 2 ** 32));
          const angle = (w[i - (i % 2) + 1]! / 2 ** 32) * 2 * Math.PI;
          expect(Math.abs(z - radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)))).toBeLessThan(1e-14);
        });
      }),
    ));

  test("its logarithm has full relative precision from the smallest to the largest word", () => {
    const same = (w: number) => {
      const want = -Math.log1p((w + 0.5) / 2 ** 32 - 1);
      const exact = w > 2 ** 31 ? want : -Math.log((w + 0.5) / 2 ** 32);
      expect(Math.abs(minusLogOfWord(w) / exact - 1)).toBeLessThan(6e-16);
    };
    [0, 1, 2, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1].forEach(same);
    fc.assert(fc.property(words, same), { numRuns: 1000 });
  });

  test("gives these numbers, in every engine and version", () => {
    expect([...normal(key(0), 4)]).toMatchInlineSnapshot(`
      [
        -1.0654524243856718,
        -0.7792129888674002,
        0.03239910205181581,
        -1.520308334111841,
      ]
    `);
    expect([...uniform(key(0), 2)]).toMatchInlineSnapshot(`
      [
        0.41845711022987275,
        0.3146817218764961,
      ]
    `);
    expect([...integers(key(0), 6, 0, 100)]).toMatchInlineSnapshot(`
      [
        9,
        66,
        92,
        42,
        40,
        27,
      ]
    `);
    expect([...permutation(key(0), 8)]).toMatchInlineSnapshot(`
      [
        3,
        7,
        5,
        0,
        2,
        4,
        6,
        1,
      ]
    `);
    expect([...split(key(0), 2), foldIn(key(0), 1)]).toMatchInlineSnapshot(`
      [
        [
          331273664,
          2774062947,
        ],
        [
          3893515977,
          71471281,
        ],
        [
          4271446796,
          1345796013,
        ],
      ]
    `);
  });

  test("fillNormal writes the same values, rounded, where it is told and nowhere else", () =>
    fc.assert(
      fc.property(keys, fc.nat(30), fc.nat(30), fc.nat(5), (k, offset, length, rest) => {
        const out = new Float32Array(offset + length + rest).fill(7);
        fillNormal(k, out, offset, length);
        const want = new Float32Array(offset + length + rest).fill(7);
        want.set(normal(k, length), offset);
        expect(out).toEqual(want);
      }),
    ));

  test("fillNormal fills up to the end by default, and refuses to write outside", () => {
    const out = new Float64Array(5);
    fillNormal(key(1), out, 2);
    expect([...out]).toEqual([0, 0, ...normal(key(1), 3)]);
    for (const [offset, length] of [
      [-1, 1],
      [0, 6],
      [5, 1],
      [0.5, 1],
      [0, -1],
      [0, NaN],
    ] as const)
      expect(() => fillNormal(key(1), out, offset, length)).toThrow(RangeError);
  });
});
