import { gaussianMixture } from "@nonmarkov/nets";
import { key, normal } from "@nonmarkov/random";
import {
  arraySpace,
  asPrediction,
  asX0,
  ddim,
  edmPreconditioning,
  outputMap,
  pathThrough,
  preconditioned,
  type Preconditioning,
  sample,
  vePreconditioning,
  vpPreconditioning,
} from "@nonmarkov/samplers";
import { alphaBarAt, alphaBarFromNoiseToSignal, fromAlphaBar, fromLogSnr, linear } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Counted, countingSpace } from "./countingSpace.ts";

const space = arraySpace();
const predictions = ["eps", "x0", "v", "score"] as const;
const logSnrs = fc.double({ min: -8, max: 8, noNaN: true });
const points = fc.integer().map((seed) => normal(key(seed), 4));

describe("asPrediction", () => {
  test("says the same x0 and eps in other words, there and back", () =>
    fc.assert(
      fc.asyncProperty(
        points,
        logSnrs,
        fc.constantFrom(...predictions),
        fc.constantFrom(...predictions),
        async (x, logSnr, from, to) => {
          const schedule = fromLogSnr([logSnr]);
          const denoiser = (at: Float64Array): Float64Array => at.map(Math.tanh);
          const there = asPrediction({ denoiser, schedule, space, from, to });
          const [output, other] = [denoiser(x), await there(x, 1)];
          const [mine, theirs] = [outputMap(from, schedule.alphaBar[1]!), outputMap(to, schedule.alphaBar[1]!)];
          for (const what of ["x0", "eps"] as const)
            x.forEach((value, i) => {
              const terms = (map: typeof mine, y: number): readonly [number, number] => [map[what][0] * value, map[what][1] * y]; // prettier-ignore
              const [ours, others] = [terms(mine, output[i]!), terms(theirs, other[i]!)];
              const [want, got] = [ours[0] + ours[1], others[0] + others[1]];
              const size = [...ours, ...others].reduce((sum, term) => sum + Math.abs(term), 0); // they may cancel
              expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-13 * size);
            });
          const back = asPrediction({ denoiser: there, schedule, space, from: to, to: from });
          const scale = Math.exp(Math.abs(logSnr));
          (await back(x, 1)).forEach((value, i) =>
            expect(Math.abs(value - output[i]!)).toBeLessThan(1e-12 * scale * (1 + Math.abs(x[i]!))),
          );
        },
      ),
    ));

  test("a prediction as itself is the very same numbers", async () => {
    const x = normal(key(1), 4);
    for (const from of predictions) {
      const same = asPrediction({
        denoiser: (at) => at.map(Math.sin),
        schedule: fromLogSnr([1]),
        space,
        from,
        to: from,
      });
      expect(await same(x, 1)).toEqual(x.map(Math.sin));
    }
  });

  test("v gives eps and x0 at both ends; what is not determined there, and what does not exist, are errors", async () => {
    const schedule = fromAlphaBar([0.5, 0]);
    const denoiser = (at: Float64Array): Float64Array => at.slice();
    const x = Float64Array.of(1, -2);
    for (const to of ["eps", "x0"] as const) await asPrediction({ denoiser, schedule, space, from: "v", to })(x, 2);
    for (const [from, to] of [
      ["eps", "x0"],
      ["eps", "v"],
      ["score", "v"],
    ] as const)
      await expect(asPrediction({ denoiser, schedule, space, from, to })(x, 2)).rejects.toThrow(
        `"${from}" does not determine "${to}"`,
      );
    await expect(asPrediction({ denoiser, schedule, space, to: "x0" })(x, 3)).rejects.toThrow(/t must be in 0..T = 2/);
    expect(() => asPrediction({ denoiser, schedule, space, to: "mean" as never })).toThrow(/got "mean"/);
    expect(() => asPrediction({ denoiser, schedule, space, from: "mean" as never, to: "x0" })).toThrow(/got "mean"/);
  });
});

describe("preconditioned", () => {
  /** Any value of sigma in three coordinates. */
  const at = (logSnr: number) => {
    const schedule = fromLogSnr([logSnr]);
    return { schedule, alphaBar: schedule.alphaBar[1]!, sigma: Math.exp(-logSnr / 2) };
  };

  test.each([
    ["EDM", (sigmaData: number): Preconditioning => edmPreconditioning({ sigmaData })],
    ["VE", (): Preconditioning => vePreconditioning],
    ["VP", (): Preconditioning => vpPreconditioning((t) => t - 1)],
  ] as const)("%s: the ideal network of Gaussian data gives the exact x0", (_, make) =>
    fc.assert(
      fc.asyncProperty(
        points,
        logSnrs,
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        fc.double({ min: 0.1, max: 3, noNaN: true }),
        async (x, logSnr, spread, sigmaData) => {
          const { schedule, alphaBar, sigma } = at(logSnr);
          const mean = [0.7, -1.1];
          const exact = gaussianMixture({ means: [mean], covariances: [spread ** 2] });
          const preconditioning = make(sigmaData);
          const { skip, output, input } = preconditioning(sigma, 1);
          // what F must answer, from what it is shown: (D(x) - c_skip·x)/c_out
          const network = (shown: Float64Array): Float64Array =>
            shown.map((value, i) => {
              const noisy = value / input;
              const clean = mean[i % 2]! + (spread ** 2 / (spread ** 2 + sigma ** 2)) * (noisy - mean[i % 2]!);
              return (clean - skip * noisy) / output;
            });
          const denoiser = preconditioned({ network, schedule, space, preconditioning });
          const want = exact.x0(x, alphaBar);
          const scale = (1 + sigma) * 1e-12;
          (await denoiser(x, 1)).forEach((value, i) => expect(Math.abs(value - want[i]!)).toBeLessThan(scale));
        },
      ),
    ),
  );

  test("EDM with sigmaData = 1 is v prediction with the other sign, shown x as it is", () =>
    fc.assert(
      fc.asyncProperty(points, logSnrs, async (x, logSnr) => {
        const { schedule, alphaBar } = at(logSnr);
        const v = (shown: Float64Array): Float64Array => shown.map(Math.cos);
        const denoiser = preconditioned({
          network: (shown) => {
            shown.forEach((value, i) => expect(Math.abs(value - x[i]!)).toBeLessThan(1e-14 * (1 + Math.abs(x[i]!))));
            return v(shown).map((value) => -value);
          },
          schedule,
          space,
          preconditioning: edmPreconditioning({ sigmaData: 1 }),
        });
        const [fromX, fromV] = outputMap("v", alphaBar).x0;
        (await denoiser(x, 1)).forEach((value, i) =>
          expect(value).toBeCloseTo(fromX * x[i]! + fromV * Math.cos(x[i]!), 11),
        );
      }),
    ));

  test("table 1 of 2206.00364 at sigma = 2, and what the network is told", async () => {
    const s = Math.sqrt(4.25);
    expect(edmPreconditioning()(2, 7)).toEqual({
      skip: (0.5 / s) ** 2,
      output: (2 / s) * 0.5,
      input: 1 / s,
      noise: Math.log(2) / 4,
    });
    expect(edmPreconditioning({ noise: (sigma, t) => sigma + t })(2, 7).noise).toBe(9);
    expect(vePreconditioning(2, 7)).toEqual({ skip: 1, output: 2, input: 1, noise: 0 });
    expect(vpPreconditioning()(2, 7)).toEqual({ skip: 1, output: -2, input: 1 / Math.sqrt(5), noise: 7 });
    const told: number[] = [];
    const schedule = fromAlphaBar([0.9, 0.2]);
    const denoiser = preconditioned({
      network: (x, noise) => {
        told.push(noise);
        return x.slice();
      },
      schedule,
      space,
    });
    for (const t of [1, 2]) await denoiser(Float64Array.of(1), t);
    told.forEach((noise, i) => expect(noise).toBeCloseTo(Math.log((1 - [0.9, 0.2][i]!) / [0.9, 0.2][i]!) / 8, 14));
  });

  test("levels without a sigma, and data without a spread, are errors", async () => {
    const denoiser = preconditioned({ network: (x) => x.slice(), schedule: fromAlphaBar([0.5, 0]), space });
    const x = Float64Array.of(1);
    await expect(denoiser(x, 0)).rejects.toThrow(/positive and finite, got 0 at t = 0/);
    await expect(denoiser(x, 2)).rejects.toThrow(/positive and finite, got Infinity at t = 2/);
    await expect(denoiser(x, -1)).rejects.toThrow(/t must be in 0..T = 2/);
    for (const sigmaData of [0, -1, NaN, Infinity])
      expect(() => edmPreconditioning({ sigmaData })).toThrow(/sigmaData must be positive/);
  });
});

test("on a grid between the indices every adapter draws what the plain denoiser does", async () => {
  const schedule = linear();
  const exact = gaussianMixture({ means: [[0.7, -1.1]], covariances: [0.3] });
  const denoiser = (x: Float64Array, t: number): Float64Array => exact.eps(x, alphaBarAt(schedule, t));
  const table = ddim()(schedule, pathThrough(schedule, [80, 9.3, 2.2, 0.61, 0.1]));
  const xT = normal(key(2), 4);
  const want = await sample({ table, denoiser, xT, space });
  const adapters = [
    [asPrediction({ denoiser, schedule, space, to: "v" }), "v"],
    [asX0({ denoiser, schedule, space }), "x0"],
    [
      preconditioned({
        network: (shown, sigma) => exact.eps(shown, alphaBarFromNoiseToSignal(sigma)),
        schedule,
        space,
        preconditioning: (sigma) => ({ skip: 1, output: -sigma, input: 1 / Math.hypot(1, sigma), noise: sigma }),
      }),
      "x0",
    ],
  ] as const;
  for (const [adapted, prediction] of adapters)
    (await sample({ table, denoiser: adapted, prediction, xT, space })).forEach((value, i) =>
      expect(value).toBeCloseTo(want[i]!, 9),
    );
});

test("whichever operation fails, adapters leave no vector behind and free none twice", async () => {
  const schedule = fromLogSnr([0]);
  for (const which of [0, 1])
    for (let failAt = 0; ; failAt++) {
      const counting = countingSpace(failAt);
      const network = (x: Counted): Counted => {
        counting.operation("network");
        return counting.make(x.data.slice());
      };
      const x = counting.make(Float64Array.of(1, 2));
      const denoiser = [
        asPrediction({ denoiser: network, schedule, space: counting.space, to: "v" }),
        preconditioned({ network, schedule, space: counting.space }),
      ][which]!;
      const failed = await Promise.resolve(denoiser(x, 1)).then(
        (made) => (counting.space.dispose!(made), false),
        () => true,
      );
      expect([counting.live(), x.alive]).toEqual([1, true]);
      if (failed) continue;
      expect(failAt).toBeGreaterThanOrEqual(2);
      break;
    }
});
