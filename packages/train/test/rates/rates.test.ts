import { constantRate, cosineRate, ema, joinRates, warmup } from "@nonmarkov/train";
import fc from "fast-check";
import { expect, test } from "vitest";

const counts = fc.integer({ min: 1, max: 2000 });

test("a cosine rate goes from one value to the other, is half way in the middle, never rises, and stays at the end", () =>
  fc.assert(
    fc.property(counts, fc.nat(3000), (half, step) => {
      const rate = cosineRate({ from: 2, to: 0.5, steps: 2 * half });
      expect(rate(0)).toBe(2);
      expect(rate(half)).toBeCloseTo(1.25, 12);
      expect(rate(2 * half + step)).toBeCloseTo(0.5, 12);
      expect(rate(step + 1)).toBeLessThanOrEqual(rate(step));
    }),
  ));

test("warm-up multiplies a rate by a straight ramp that reaches 1 at its last step", () =>
  fc.assert(
    fc.property(counts, fc.nat(3000), (steps, step) => {
      const rate = (i: number): number => 3 + i;
      expect(warmup(steps, rate)(step)).toBeCloseTo(rate(step) * Math.min(1, (step + 1) / steps), 9);
      expect(warmup(steps, 0.1)(steps - 1)).toBe(0.1);
      expect(warmup(0, rate)(step)).toBe(rate(step));
    }),
  ));

test("joined rates each count from their own beginning, the last for ever", () => {
  const rate = joinRates([
    { rate: (step) => step, steps: 3 },
    { rate: 7, steps: 2 },
    { rate: (step) => 100 + step, steps: 1 },
  ]);
  expect([0, 1, 2, 3, 4, 5, 6, 50].map(rate)).toEqual([0, 1, 2, 7, 7, 100, 101, 145]);
  expect(constantRate(0.5)(12)).toBe(0.5);
});

test("the decay of the moving average rises from 1/warmup to its limit", () => {
  const decay = ema({ decay: 0.99, warmup: 10 });
  expect(decay(0)).toBe(0.1);
  expect(decay(9)).toBeCloseTo(10 / 19, 12);
  expect(decay(5000)).toBe(0.99);
  expect(ema({ decay: 0.5, warmup: 1 })(0)).toBe(0.5);
});

test("counts and decays out of range are errors that say what they must be", () => {
  expect(() => cosineRate({ from: 1, steps: 0 })).toThrow(/cosineRate: steps must be a positive integer, got 0/);
  expect(() => warmup(-1, 1)).toThrow(/warmup: steps/);
  expect(() => joinRates([])).toThrow(/at least one piece/);
  expect(() => joinRates([{ rate: 1, steps: 1.5 }])).toThrow(/got 1.5/);
  expect(() => ema({ decay: 1 })).toThrow(/ema: decay must be in \[0, 1\), got 1/);
  expect(() => ema({ warmup: 0 })).toThrow(/ema: warmup/);
});
