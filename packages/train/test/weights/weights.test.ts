import { linear, rescaleZeroTerminalSnr } from "@nonmarkov/schedule";
import {
  conversion,
  errorWeights,
  minSnrWeights,
  normalizeWeights,
  predictions,
  truncatedSnrWeights,
} from "@nonmarkov/train";
import fc from "fast-check";
import { expect, test } from "vitest";
import { schedules } from "../support/schedules.ts";

const kinds = fc.constantFrom(...predictions);
const close = (got: number, want: number): void =>
  expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-11 * Math.abs(want));
const snr = (alphaBar: number): number => alphaBar / (1 - alphaBar);

test("errorWeights are the squares of the factors by which conversions multiply an output", () =>
  fc.assert(
    fc.property(schedules, kinds, kinds, (schedule, from, to) => {
      const weights = errorWeights(schedule, { from, to });
      expect(weights).toHaveLength(schedule.T + 1);
      for (let t = 1; t <= schedule.T; t++) close(weights[t]!, conversion(from, to, schedule.alphaBar[t]!).output ** 2);
    }),
  ));

test("min-SNR weights are min(SNR, gamma) for x0, over SNR for eps, over SNR + 1 for v", () =>
  fc.assert(
    fc.property(schedules, fc.double({ min: 0.1, max: 20, noNaN: true }), (schedule, gamma) => {
      const of = (prediction: "x0" | "eps" | "v") => minSnrWeights(schedule, { prediction, gamma });
      const [x0, eps, v] = [of("x0"), of("eps"), of("v")];
      for (let t = 1; t <= schedule.T; t++) {
        const ratio = snr(schedule.alphaBar[t]!);
        close(x0[t]!, Math.min(ratio, gamma));
        close(eps[t]!, Math.min(ratio, gamma) / ratio);
        close(v[t]!, Math.min(ratio, gamma) / (ratio + 1));
      }
    }),
  ));

test("truncated SNR weights are max(SNR, 1) for x0, and max(alphaBar, 1 - alphaBar) for v", () =>
  fc.assert(
    fc.property(schedules, (schedule) => {
      const x0 = truncatedSnrWeights(schedule, { prediction: "x0" });
      const v = truncatedSnrWeights(schedule, { prediction: "v" });
      for (let t = 1; t <= schedule.T; t++) {
        const alphaBar = schedule.alphaBar[t]!;
        close(x0[t]!, Math.max(snr(alphaBar), 1));
        close(v[t]!, Math.max(alphaBar, 1 - alphaBar));
      }
    }),
  ));

test("with zero terminal SNR the weights of v are finite, and those that do not exist are an error that names t", () => {
  const schedule = rescaleZeroTerminalSnr(linear({ T: 10 }));
  expect(errorWeights(schedule, { from: "v", to: "eps" })[10]).toBe(0);
  expect(minSnrWeights(schedule, { prediction: "eps" })[10]).toBe(1);
  expect(truncatedSnrWeights(schedule, { prediction: "v" })[10]).toBe(1);
  expect(() => truncatedSnrWeights(schedule, { prediction: "eps" })).toThrow(/alphaBar\[10\] = 0/);
  expect(() => minSnrWeights(schedule, { prediction: "eps", gamma: 0 })).toThrow(/gamma must be positive, got 0/);
});

test("normalised weights are proportional to the given ones and have mean 1 over t = 1..T", () =>
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1 }), (list) => {
      const normalised = normalizeWeights([NaN, ...list]);
      expect(normalised[0]).toBe(0);
      const rest = normalised.slice(1);
      close(rest.reduce((a, b) => a + b) / list.length, 1);
      rest.forEach((weight, i) => close(weight * list[0]!, list[i]! * rest[0]!));
    }),
  ));

test("weights that are negative, not finite, or all zero are errors", () => {
  expect(() => normalizeWeights([0, 1, -1])).toThrow(/weights\[2\] must be finite and at least 0, got -1/);
  expect(() => normalizeWeights([0, Infinity])).toThrow(/weights\[1\]/);
  expect(() => normalizeWeights([1, 0, 0])).toThrow(/at least one weight/);
});
