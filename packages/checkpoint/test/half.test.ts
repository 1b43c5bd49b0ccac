import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBfloat16, fromHalf, toHalf } from "../src/index.ts";

const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

/** The value of binary16 bits by the standard's definition, in float64. */
const meaning = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
};

test("every half is read as the number that IEEE 754 says it is, zeros' signs, subnormals, infinities and NaN included", () => {
  const values = fromHalf(all);
  const wrong = all.filter((bits) => !Object.is(values[bits], meaning(bits)));
  expect(wrong).toHaveLength(0);
});

test("every half survives the way to float32 and back bit for bit, NaN payloads included up to the quiet bit", () => {
  const back = toHalf(fromHalf(all));
  const isNaNBits = (bits: number): boolean => (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0;
  const expected = all.map((bits) => (isNaNBits(bits) ? bits | 0x200 : bits));
  expect(back.findIndex((bits, i) => bits !== expected[i])).toBe(-1);
});

test("a float32 number becomes the nearest half, ties going to the even one, and to infinity from 65520 on", () => {
  const finite = Array.from({ length: 0x7c00 }, (_, bits) => meaning(bits));
  const nearest = (x: number): number => {
    if (x >= 65520) return 0x7c00;
    let low = 0;
    for (let step = 0x4000; step > 0; step >>= 1) if (low + step < 0x7c00 && finite[low + step]! <= x) low += step;
    if (low === 0x7bff) return low;
    const [below, above] = [x - finite[low]!, finite[low + 1]! - x];
    return below < above || (below === above && low % 2 === 0) ? low : low + 1;
  };
  const magnitudes = fc.oneof(
    fc.float({ min: 0, noNaN: true }),
    fc.float({ min: 0, max: Math.fround(1e-4), noNaN: true }),
    fc.integer({ min: 0, max: 0x7bfe }).map((bits) => Math.fround((finite[bits]! + finite[bits + 1]!) / 2)),
    fc.constantFrom(65504, 65519.996, 65520, 65535, 65536, 2 ** -25, 2 ** -24, 3 * 2 ** -25, 2 ** -14),
  );
  fc.assert(
    fc.property(magnitudes, (x) => {
      expect(toHalf(Float32Array.of(x, -x))).toEqual(
        Uint16Array.of(nearest(Math.fround(x)), 0x8000 | nearest(Math.fround(x))),
      );
    }),
    { numRuns: 3000 },
  );
});

test("bfloat16 bits are the upper half of a float32", () => {
  const back = new Uint32Array(fromBfloat16(all).buffer);
  expect(back.findIndex((word, i) => word !== i * 65536)).toBe(-1);
});
