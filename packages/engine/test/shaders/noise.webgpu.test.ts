import { bits, fillNormal, key, split } from "@nonmarkov/random";
import { beforeEach, expect, test, vi } from "vitest";
import type { threefry2x32 as Threefry } from "../../../random/src/threefry2x32.ts";
import { each } from "../../src/shaders/each.ts";
import { noise, normalPair } from "../../src/shaders/noise.ts";
import { input, output } from "../../src/shaders/shading.ts";
import { runShading } from "./reference/runShading.ts";

/** The words that fillNormal gets in the place of random ones. */
const chosen: { words?: readonly (readonly [number, number])[] | undefined } = {};

vi.mock("../../../random/src/threefry2x32.ts", async (original) => {
  const { threefry2x32 } = await original<{ readonly threefry2x32: typeof Threefry }>();
  return {
    threefry2x32: (...args: Parameters<typeof Threefry>): void => {
      threefry2x32(...args);
      const [, counter, , out, at] = args;
      if (chosen.words !== undefined) out.set(chosen.words[counter]!, at);
    },
  };
});

beforeEach(() => {
  chosen.words = undefined;
});

/** The same bits: zeros have signs. */
const expectSame = (got: ArrayLike<number>, want: ArrayLike<number>): void => {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++)
    if (!Object.is(got[i], want[i])) throw new Error(`number ${i} must be ${want[i]}, got ${got[i]}`);
};

test.each([[[1]], [[1, 1]], [[2, 1]], [[1, 2]], [[3, 7]], [[5, 128]], [[2, 33, 3]], [[133, 3, 11, 13]], [[4, 16, 16, 32]]])(
  "rows of %j normal numbers have the bits of fillNormal",
  async (shape) => {
    const rows = shape[0]!;
    const keys = split(key(shape.length), rows);
    const width = shape.slice(1).reduce((a, b) => a * b, 1);
    const want = new Float32Array(rows * width);
    keys.forEach((row, i) => fillNormal(row, want, i * width, width));
    const [got] = await runShading(noise(shape, keys.flat())!, []);
    expectSame(got!, want);
  },
); // prettier-ignore

test("one shader makes rows of all even lengths, and one those of all odd ones", () => {
  const texts = [[1, 2], [133, 4096], [3, 5, 6], [2, 1], [7, 4099]].map(
    (shape) => noise(shape, split(key(1), shape[0]!).flat())!.dispatches[0]!.body,
  );
  expect(new Set(texts).size).toBe(2);
}); // prettier-ignore

test("keys may be given as signed words", async () => {
  const [got] = await runShading(noise([2, 3], [-1, -5, 7, -2147483648])!, []);
  const want = new Float32Array(6);
  fillNormal([0xffffffff, 0xfffffffb], want, 0, 3);
  fillNormal([7, 0x80000000], want, 3, 3);
  expectSame(got!, want);
});

test("extreme words, such as random keys would hardly ever give, have the bits of fillNormal", async () => {
  const near = (word: number): number[] => [-2, -1, 0, 1, 2].map((step) => (word + step) >>> 0);
  // powers of two, where exponents change, and the multiples of an eighth of a turn
  const ends = Array.from({ length: 33 }, (_, i) => near(2 ** i)).flat();
  // (w + 1/2) / 2^e beside the root of 2, where the mantissa is halved
  const roots = Array.from({ length: 32 }, (_, i) => near(Math.floor(Math.SQRT2 * 2 ** i))).flat();
  const eighths = Array.from({ length: 8 }, (_, i) => near(i * 2 ** 29)).flat();
  const any = bits(key(3), 600);
  const words = [
    ...[...ends, ...roots].flatMap((a) => eighths.map((b) => [a, b] as const)),
    ...ends.flatMap((b) => ends.slice(0, 20).map((a) => [a, b] as const)),
    ...Array.from(any.subarray(0, 300), (a, i) => [a, any[300 + i]! >>> (i % 32)] as const),
  ];
  chosen.words = words;
  const want = new Float32Array(2 * words.length);
  fillNormal(key(0), want);
  const count = words.length;
  const { body, groups } = each(count, "  to[i] = normalPair(vec2(words[2u * i], words[2u * i + 1u]));");
  const [got] = await runShading(
    {
      outputs: [{ shape: [2 * count], dtype: "float32" }],
      temporaries: [],
      tables: [],
      dispatches: [
        {
          variables: [input(0, "words", "u32"), output(0, "to", "vec2<f32>")],
          body: `${normalPair}${body}`,
          groups,
        },
      ],
    },
    [Int32Array.from(words.flat(), (word) => word | 0)],
  );
  expect(want.some((z) => Object.is(z, -0))).toBe(true);
  expect(words).toContainEqual([0, 0]);
  expect(words).toContainEqual([0xffffffff, 0xffffffff]);
  expectSame(got!, want);
});

test("no numbers at all are no work", () => {
  expect(noise([0, 3], [])).toBeUndefined();
  expect(noise([2, 0], [1, 2, 3, 4])).toBeUndefined();
});
