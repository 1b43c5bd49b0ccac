import { bits, foldIn, type Key, key } from "@nonmarkov/random";
import { describe, expect, test } from "vitest";
import { each } from "../../src/shaders/each.ts";
import { f64, float64 } from "../../src/shaders/float64.ts";
import { input, output, type Shading } from "../../src/shaders/shading.ts";
import { runShading } from "./reference/runShading.ts";

/** An expression of float64 numbers a and b, two words each. */
const shading = (count: number, expression: string): Shading => {
  const { body, groups } = each(
    count,
    `
  let made = result(vec2(a[2u * i], a[2u * i + 1u]), vec2(b[2u * i], b[2u * i + 1u]));
  to[2u * i] = made.x;
  to[2u * i + 1u] = made.y;`,
  );
  return {
    outputs: [{ shape: [count, 2], dtype: "int32" }],
    temporaries: [],
    tables: [],
    dispatches: [
      {
        variables: [input(0, "a", "u32"), input(1, "b", "u32"), output(0, "to", "u32")],
        body: `${float64}\nfn result(a : F64, b : F64) -> F64 { return ${expression}; }\n${body}`,
        groups,
      },
    ],
  };
};

type Pairs = readonly (readonly [number, number])[];

/** Expects the same bits from the GPU as from JavaScript. */
const expectBits = async (expression: string, pairs: Pairs, want: (a: number, b: number) => number): Promise<void> => {
  const column = (i: 0 | 1) => new Int32Array(Float64Array.from(pairs, (pair) => pair[i]).buffer);
  const [got] = await runShading(shading(pairs.length, expression), [column(0), column(1)]);
  const made = new Float64Array((got as Int32Array).buffer);
  expect(made.length).toBe(pairs.length);
  pairs.forEach(([a, b], i) => {
    if (!Object.is(made[i], want(a, b)))
      throw new Error(`${expression}: a = ${a}, b = ${b} must give ${want(a, b)}, got ${made[i]}`);
  });
};

const float = new DataView(new ArrayBuffer(8));
const ofBits = (high: number, low: number): number => {
  float.setUint32(0, high);
  float.setUint32(4, low);
  return float.getFloat64(0);
};

/**
 * Numbers of exponents -spread..spread, of either sign, whose mantissas are any bits, or have long runs of zeros or ones at
 * their ends: those make ties and carries.
 */
const numbers = (from: Key, count: number, spread: number): number[] => {
  const words = bits(from, 3 * count);
  return Array.from({ length: count }, (_, i) => {
    const [choice, high, low] = words.subarray(3 * i, 3 * i + 3) as unknown as [number, number, number];
    const exponent = 1023 + ((choice >>> 12) % (2 * spread + 1)) - spread;
    const run = (choice >>> 3) % 53;
    const rest = (BigInt(high & 0xfffff) << 32n) | BigInt(low);
    const ones = (1n << BigInt(run)) - 1n;
    const mantissa = [rest, rest, rest & ~ones, rest | ones, ones, ones << BigInt(52 - run), (rest | ones) ^ 1n, 0n][
      choice % 8
    ]!;
    const sign = choice >>> 31;
    return ofBits(((sign << 31) | (exponent << 20) | Number(mantissa >> 32n)) >>> 0, Number(mantissa & 0xffffffffn));
  });
};

const paired = (a: readonly number[], b: readonly number[]): Pairs => a.map((x, i) => [x, b[i]!] as const);

/** The number `steps` places above. */
const neighbour = (x: number, steps: bigint): number => {
  float.setFloat64(0, x);
  float.setBigUint64(0, float.getBigUint64(0) + steps);
  return float.getFloat64(0);
};

const specials = [0, -0, 1, -1, 2, 0.5, 3, 1 / 3, 1 + 2 ** -52, 1 - 2 ** -53, 2 - 2 ** -52, 2 ** 53, 2 ** 53 - 1, -(2 ** -53), 2 ** -54, 1.5 * 2 ** -53, Math.SQRT2, Math.PI]; // prettier-ignore
const allSpecials: Pairs = specials.flatMap((a) => specials.map((b) => [a, b] as const));
const notZero = ([, b]: readonly [number, number]) => b !== 0;
const seed = key(64);

describe("float64 operations of shaders give the bits of JavaScript's", () => {
  /** Operands of near and of far exponents, and almost equal ones, which cancel each other. */
  const sums = ((): Pairs => {
    const a = numbers(foldIn(seed, 0), 20_000, 3);
    const far = numbers(foldIn(seed, 1), 20_000, 60);
    const words = bits(foldIn(seed, 2), 10_000);
    return [
      ...allSpecials,
      ...paired(a, numbers(foldIn(seed, 3), 20_000, 3)),
      ...paired(a, far),
      ...Array.from(words, (word, i) => [a[i]!, -neighbour(a[i]!, BigInt((word & 1023) >>> (word >>> 28)))] as const),
    ];
  })();

  test("sums", () => expectBits("add64(a, b)", sums, (a, b) => a + b));
  test("differences", () => expectBits("sub64(a, b)", sums, (a, b) => a - b));

  /** Also those whose results are near a number, or half way between two. */
  const products = ((): Pairs => {
    const a = numbers(foldIn(seed, 4), 30_000, 100);
    const b = numbers(foldIn(seed, 5), 30_000, 100);
    const words = bits(foldIn(seed, 6), 30_000);
    const short = Array.from({ length: 10_000 }, (_, i) => {
      // odd factors of 27 bits make products of 53 or 54: exact, or ties
      const [p, q] = [words[3 * i]!, words[3 * i + 1]!];
      return [(p >>> 5) | 0x4000001, ((q >>> 5) | 0x4000001) * (q & 1 ? 1 : -1)] as const;
    });
    return [...allSpecials, ...paired(a, b), ...short];
  })();

  test("products", () => expectBits("mul64(a, b)", products, (a, b) => a * b));

  test("quotients", () => {
    const exact = products.filter(notZero).map(([a, b]) => [a * b, b] as const);
    return expectBits("div64(a, b)", [...products.filter(notZero), ...exact], (a, b) => a / b);
  });

  test("quotients by numbers up to 255", async () => {
    const divisors = Array.from(bits(foldIn(seed, 7), 30_000), (word) => 1 + (word % 255));
    const a = numbers(foldIn(seed, 8), 30_000, 100);
    const pairs = [
      ...paired(a, divisors),
      ...divisors.map((d, i) => [a[i]! * d, d] as const),
      [0, 7],
      [-0, 7],
    ] as const;
    await expectBits("divSmall64(a, b.x)", pairs.map(([a, d]) => [a, ofBits(0, d)] as const), (a, d) => {
      float.setFloat64(0, d);
      return a / float.getUint32(4);
    }); // prettier-ignore
  });

  test("roots, also of squares and their neighbours", () => {
    const a = numbers(foldIn(seed, 9), 30_000, 200).map(Math.abs);
    // squares of 26 bits are exact, and so are those of 27 bits after rounding to 53 or not
    const squares = Array.from(bits(foldIn(seed, 10), 10_000), (word) => (word >>> 5) ** 2).filter((x) => x > 0);
    const near = squares.flatMap((x) => [x, neighbour(x, 1n), neighbour(x, -1n)]);
    const all = [...specials.filter((x) => x >= 0), ...a, ...near];
    return expectBits("sqrt64(a)", paired(all, all), Math.sqrt);
  });

  test("negation, powers of 2 as factors, constants, and order", async () => {
    const a = [...specials, ...numbers(foldIn(seed, 11), 2000, 100)];
    await expectBits("negate64(a)", paired(a, a), (x) => -x);
    await expectBits("scale64(a, -7)", paired(a, a), (x) => x / 128);
    await expectBits("scale64(a, 30)", paired(a, a), (x) => x * 2 ** 30);
    await expectBits(`add64(a, ${f64(-Math.PI)})`, paired(a, a), (x) => x - Math.PI);
    const sizes = a.map(Math.abs);
    const both = [...paired(sizes, sizes.toReversed()), ...paired(sizes, sizes), ...sizes.map((x) => [neighbour(x, 1n), x] as const)]; // prettier-ignore
    await expectBits("fromU32(u32(greater64(a, b)))", both, (x, y) => Number(x > y));
    expect(() => f64(Infinity)).toThrow(RangeError);
    expect(() => f64(2 ** -1030)).toThrow(RangeError);
  });

  test("integers become float64", async () => {
    const words = [0, 1, 2, 3, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff, ...bits(foldIn(seed, 12), 20_000)].flatMap((word) => [word, word >>> (word % 32)]); // prettier-ignore
    const pairs = words.map((word) => [ofBits(0, word), 0] as const);
    const wordOf = (a: number): number => {
      float.setFloat64(0, a);
      return float.getUint32(4);
    };
    await expectBits("fromU32(a.x)", pairs, wordOf);
    await expectBits("fromI32(bitcast<i32>(a.x))", pairs, (a) => wordOf(a) | 0);
  });

  test("float64 numbers round to float32", () => {
    const a = numbers(foldIn(seed, 13), 20_000, 120);
    // half way between two of float32, and one place beside
    const ties = numbers(foldIn(seed, 14), 20_000, 120).flatMap((x) => {
      float.setFloat64(0, x);
      float.setUint32(4, (float.getUint32(4) & 0xe0000000) | 0x10000000);
      const tie = float.getFloat64(0);
      return [tie, neighbour(tie, 1n), neighbour(tie, -1n)];
    });
    const all = [...specials, ...a, ...ties];
    return expectBits("vec2(toF32(a), 0u)", paired(all, all), (x) =>
      ofBits(0, new Uint32Array(Float32Array.of(x).buffer)[0]!),
    );
  });
});
