import { ops, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import { drawNoise, drawTimes, noisedExamples, noising, predictions, targetCoefs } from "@nonmarkov/train";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { numTensors, useCpu } from "./support/cpu.ts";
import { schedules, seeds } from "./support/schedules.ts";

beforeAll(useCpu);

test("every t of 1..T comes equally often, and only those: chi-square over 40,000 rows at T = 20", () => {
  const counts = new Float64Array(22);
  for (const t of drawTimes(key(5), 40_000, 20)) counts[t]!++;
  expect([counts[0], counts[21]]).toEqual([0, 0]);
  const chiSquare = counts.slice(1, 21).reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0);
  expect(chiSquare).toBeLessThan(43.82); // the 0.999 quantile with 19 degrees of freedom
});

test("a row has the same t and the same noise in whatever batch it comes", () =>
  fc.assert(
    fc.property(seeds, fc.nat(20), fc.integer({ min: 1, max: 5 }), (seed, first, rows) => {
      const whole = drawNoise(key(seed), first + rows, 3);
      expect(drawNoise(key(seed), rows, 3, first)).toEqual(whole.slice(first * 3));
      expect(drawTimes(key(seed), rows, 50, first)).toEqual(drawTimes(key(seed), first + rows, 50).slice(first));
    }),
  ));

test("x_t and the target are the combinations of x_0 and eps that eq. (4) and the prediction say, rounded once", () =>
  fc.assert(
    fc.property(schedules, seeds, fc.constantFrom(...predictions), (schedule, seed, prediction) => {
      const t = drawTimes(key(seed), 4, schedule.T);
      const x0 = drawNoise(key(seed + 1), 4, 2);
      const eps = drawNoise(key(seed + 2), 4, 2);
      const { xt, target } = noisedExamples(schedule, { x0, eps, t, prediction });
      for (let i = 0; i < 8; i++) {
        const alphaBar = schedule.alphaBar[t[i >> 1]!]!;
        const coefs = targetCoefs(prediction, alphaBar);
        expect(xt[i]).toBe(Math.fround(Math.sqrt(alphaBar) * x0[i]! + Math.sqrt(1 - alphaBar) * eps[i]!));
        expect(target[i]).toBe(Math.fround(coefs.x0 * x0[i]! + coefs.eps * eps[i]!));
      }
    }),
  ));

test("noising tensors is noising arrays with the same key, up to float32 arithmetic, and leaves nothing behind", () =>
  fc.assert(
    fc.property(schedules, seeds, fc.nat(5), (schedule, seed, firstIndex) => {
      const before = numTensors();
      const t = drawTimes(key(seed), 3, schedule.T);
      const rows = Float32Array.from(drawNoise(key(seed + 1), 3, 4));
      const x0 = ops.tensor(rows, [3, 2, 2]);
      const made = noising(schedule, x0, t, key(seed + 2), firstIndex);
      const eps = drawNoise(key(seed + 2), 3, 4, firstIndex);
      const { xt, target } = noisedExamples(schedule, { x0: rows, eps, t });
      expect(made.xt.shape).toEqual([3, 2, 2]);
      expect([...made.eps.dataSync()]).toEqual([...target]);
      made.xt.dataSync().forEach((value, i) => expect(Math.abs(value - xt[i]!)).toBeLessThan(2e-6));
      expect(numTensors()).toBe(before + 3);
      treeDispose([x0, made.xt, made.eps]);
    }),
  ));

test("rows that do not fit and indices outside 1..T are errors", () => {
  const schedule = linear({ T: 10 });
  const rows = { x0: [1, 2, 3, 4], eps: [0, 0, 0, 0] };
  expect(() => noisedExamples(schedule, { ...rows, t: [1, 11] })).toThrow(/t\[1\] must be an integer in 1..10, got 11/);
  expect(() => noisedExamples(schedule, { ...rows, t: [0, 1] })).toThrow(/t\[0\]/);
  expect(() => noisedExamples(schedule, { ...rows, t: [1, 2, 3] })).toThrow(/3 equal rows/);
  expect(() => noisedExamples(schedule, { ...rows, eps: [0], t: [1, 2] })).toThrow(RangeError);
  const x0 = ops.zeros([2, 2]);
  expect(() => noising(schedule, x0, [1], key(0))).toThrow(/one t per row, got 1 for 2 rows/);
  x0.dispose();
});
