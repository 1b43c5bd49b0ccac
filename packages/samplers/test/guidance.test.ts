import { atIndex, gaussianMixture } from "@nonmarkov/nets";
import { foldIn, key, normal } from "@nonmarkov/random";
import {
  arraySpace,
  asPrediction,
  classifierFree,
  classifierGuided,
  ddim,
  type Denoiser,
  type Prediction,
  rescaleGuidance,
  sample,
} from "@nonmarkov/samplers";
import { fromAlphaBar, linear, linearTau } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Counted, countingSpace } from "./countingSpace.ts";

const schedule = linear();
const { alphaBar } = schedule;
const space = arraySpace();
const predictions = ["eps", "x0", "v", "score"] as const;

const means = [
  [1, -0.5],
  [-1.2, 0.4],
  [0.2, 1.5],
];
const covariances = [0.3, 0.8, [0.2, 0.6]];
const weights = [0.5, 0.2, 0.3];
const all = gaussianMixture({ weights, means, covariances });
/** One class of the data: one component. */
const one = (k: number) => gaussianMixture({ means: [means[k]!], covariances: [covariances[k]!] });
const epsOf = (exact: typeof all): Denoiser<Float64Array> => atIndex(exact.eps, alphaBar);
const predicting = (exact: typeof all, to: Prediction): Denoiser<Float64Array> =>
  asPrediction({ denoiser: epsOf(exact), schedule, space, to });

const times = fc.integer({ min: 1, max: 1000 });
const points = fc.integer().map((seed) => normal(key(seed), 6));
const scales = fc.double({ min: -3, max: 8, noNaN: true });

const expectNear = (got: Float64Array, want: Float64Array, tolerance: number): void =>
  got.forEach((value, i) =>
    expect(Math.abs(value - want[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(want[i]!))),
  );

describe("classifier-free guidance", () => {
  const [conditional, unconditional] = [epsOf(one(0)), epsOf(all)];

  test("scale 1 is the conditional denoiser and scale 0 the unconditional one, exactly and with one evaluation", () =>
    fc.assert(
      fc.asyncProperty(points, times, async (x, t) => {
        for (const [scale, wanted] of [
          [1, conditional],
          [0, unconditional],
        ] as const) {
          let evaluations = 0;
          const counted =
            (denoiser: Denoiser<Float64Array>): Denoiser<Float64Array> =>
            (at, index) => {
              evaluations++;
              return denoiser(at, index);
            };
          const both = (): never => {
            throw new Error("both are not needed");
          };
          const guided = classifierFree({
            conditional: counted(conditional),
            unconditional: counted(unconditional),
            both,
            scale,
            space,
          });
          expect(await guided(x, t)).toEqual(await wanted(x, t));
          expect(evaluations).toBe(1);
        }
      }),
    ));

  test("it is affine in the scale, and means the same for every prediction", () =>
    fc.assert(
      fc.asyncProperty(points, times, scales, async (x, t, scale) => {
        const [c, u] = [await conditional(x, t), await unconditional(x, t)];
        const guided = classifierFree({ conditional, unconditional, scale, space });
        expectNear(
          await guided(x, t),
          c.map((value, i) => u[i]! + scale * (value - u[i]!)),
          1e-12,
        );
        for (const to of predictions) {
          const there = classifierFree({
            conditional: predicting(one(0), to),
            unconditional: predicting(all, to),
            scale,
            space,
          });
          const back = asPrediction({ denoiser: there, schedule, space, from: to, to: "eps" });
          expectNear(await back(x, t), await guided(x, t), 1e-8);
        }
      }),
    ));

  test("both at once give what one after the other do, and the scale may depend on t", async () => {
    const x = normal(key(1), 6);
    const seen: number[] = [];
    const scale = (t: number): number => (t > 300 && t <= 700 ? 2.5 : 1);
    const separate = classifierFree({ conditional, unconditional, scale, space });
    const joint = classifierFree({
      conditional,
      unconditional,
      both: async (at, t) => {
        seen.push(t);
        return [await conditional(at, t), await unconditional(at, t)];
      },
      scale,
      space,
    });
    for (const t of [1, 300, 301, 700, 701, 1000]) expect(await joint(x, t)).toEqual(await separate(x, t));
    expect(seen).toEqual([301, 700]);
    expect(await separate(x, 300)).toEqual(await conditional(x, 300));
    expect(await separate(x, 301)).not.toEqual(await conditional(x, 301));
  });

  test("guided samples lie nearer to their class than unguided ones", async () => {
    const n = 500;
    const xT = normal(key(3), 2 * n);
    const distance = async (scale: number): Promise<number> => {
      const denoiser = classifierFree({ conditional, unconditional, scale, space });
      const x = await sample({ table: ddim()(schedule, linearTau(1000, 25)), denoiser, xT, space });
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Math.hypot(x[2 * i]! - means[0]![0]!, x[2 * i + 1]! - means[0]![1]!);
      return sum / n;
    };
    const [none, exact, more] = [await distance(0), await distance(1), await distance(3)];
    expect(exact).toBeLessThan(0.75 * none);
    expect(more).not.toBeCloseTo(exact, 2);
  });

  test("rescaling brings the spread of each sample's prediction back to the conditional one", () =>
    fc.assert(
      fc.asyncProperty(points, times, scales, fc.double({ min: 0, max: 1, noNaN: true }), async (x, t, scale, phi) => {
        const spread = (v: Float64Array): number => Math.abs(v[0]! - v[1]!) / 2;
        const plain = await classifierFree({ conditional, unconditional, scale, space })(x, t);
        const c = await conditional(x, t);
        const rescaled = async (share: number) =>
          classifierFree({
            conditional,
            unconditional,
            scale,
            space,
            rescale: rescaleGuidance({ phi: share, rows: 3 }),
          })(x, t);
        expectNear(await rescaled(0), plain, 1e-12);
        const full = await rescaled(1);
        for (let row = 0; row < 3; row++) {
          const part = (v: Float64Array): Float64Array => v.subarray(2 * row, 2 * row + 2);
          if (spread(part(plain)) > 1e-9) expect(spread(part(full))).toBeCloseTo(spread(part(c)), 8);
        }
        // phi mixes the two
        expectNear(
          await rescaled(phi),
          plain.map((value, i) => (1 - phi) * value + phi * full[i]!),
          1e-9,
        );
      }),
    ));

  test("a prediction without spread is left as it is, and settings that do not fit are errors", () => {
    const flat = Float64Array.of(2, 2, 2, 2);
    expect(rescaleGuidance({ phi: 1 })(flat, Float64Array.of(1, 2, 3, 4))).toEqual(flat);
    for (const phi of [-0.1, 1.1, NaN]) expect(() => rescaleGuidance({ phi })).toThrow(/phi must be in 0..1/);
    expect(() => rescaleGuidance({ phi: 1, rows: 0 })).toThrow(/rows must be an integer >= 1, got 0/);
    expect(() => rescaleGuidance({ phi: 1, rows: 3 })(flat, flat)).toThrow(/3 rows of one length, got 4 and 4/);
    expect(() => rescaleGuidance({ phi: 1 })(flat, flat.subarray(1))).toThrow(/got 4 and 3/);
  });

  test("a scale that is no number is an error", async () => {
    for (const scale of [NaN, Infinity, () => NaN])
      await expect(
        classifierFree({ conditional, unconditional, scale, space })(Float64Array.of(1, 1), 5),
      ).rejects.toThrow(/classifierFree: scale must be finite, got .* at t = 5/);
  });
});

describe("classifier guidance", () => {
  /** The gradient of log p(class | x_t), from the densities alone. */
  const gradientOf =
    (k: number) =>
    (x: Float64Array, t: number): Float64Array => {
      const h = 1e-5;
      const at = (i: number, by: number): number => {
        const moved = x.slice();
        moved[i]! += by;
        const row = Math.floor(i / 2);
        return one(k).logDensity(moved, alphaBar[t]!)[row]! - all.logDensity(moved, alphaBar[t]!)[row]!;
      };
      return x.map((_, i) => (at(i, h) - at(i, -h)) / (2 * h));
    };

  test.each(predictions)(
    "with the exact classifier of a mixture the denoiser is that of the class alone, predicting %s",
    (prediction) =>
      fc.assert(
        fc.asyncProperty(points, times, fc.nat({ max: 2 }), async (x, t, k) => {
          const guided = classifierGuided({
            denoiser: predicting(all, prediction),
            gradLogP: gradientOf(k),
            schedule,
            scale: 1,
            space,
            prediction,
          });
          const noise = Math.sqrt(1 - alphaBar[t]!);
          const factor = { eps: noise, score: 1, x0: noise ** 2, v: noise }[prediction];
          const loss = prediction === "x0" || prediction === "v" ? Math.sqrt(alphaBar[t]!) : 1;
          const got = await guided(x, t);
          const want = await predicting(one(k), prediction)(x, t);
          // the finite differences are good to about 1e-6 where the densities curve
          got.forEach((value, i) =>
            expect(Math.abs(value - want[i]!)).toBeLessThan(((2e-4 * factor) / loss) * (1 + 1 / noise ** 2)),
          );
        }),
        { numRuns: 50 },
      ),
  );

  test("scale 0 is the denoiser as it is, without a gradient; the change is linear in the scale", () =>
    fc.assert(
      fc.asyncProperty(points, times, scales, async (x, t, scale) => {
        const denoiser = epsOf(all);
        const gradLogP = (): never => {
          throw new Error("no gradient is needed");
        };
        expect(await classifierGuided({ denoiser, gradLogP, schedule, scale: 0, space })(x, t)).toEqual(
          await denoiser(x, t),
        );
        const by = (s: number) =>
          classifierGuided({ denoiser, gradLogP: (at) => at.map((v) => v / 3), schedule, scale: s, space })(x, t);
        const [plain, guided] = [await denoiser(x, t), await by(scale)];
        expectNear(
          guided,
          plain.map((v, i) => v - (Math.sqrt(1 - alphaBar[t]!) * scale * x[i]!) / 3),
          1e-12,
        );
      }),
    ));

  test("what cannot be guided is an error", async () => {
    const zero = fromAlphaBar([0.5, 0]);
    const options = { denoiser: epsOf(all), gradLogP: (x: Float64Array) => x.slice(), schedule: zero, space };
    const x = Float64Array.of(1, 2);
    for (const prediction of ["x0", "v"] as const)
      await expect(classifierGuided({ ...options, scale: 1, prediction })(x, 2)).rejects.toThrow(
        /at t = 2, alphaBar = 0, the score does not determine/,
      );
    await expect(classifierGuided({ ...options, scale: 1 })(x, 2.5)).rejects.toThrow(/t must be in 0..T = 2, got 2.5/);
    await expect(classifierGuided({ ...options, scale: NaN })(x, 1)).rejects.toThrow(/scale must be finite/);
    expect(() => classifierGuided({ ...options, scale: 1, prediction: "epsilon" as never })).toThrow(/got "epsilon"/);
  });
});

test("whichever operation fails, guided denoisers leave no vector behind and free none twice", async () => {
  const build = (failAt: number) => {
    const counting = countingSpace(failAt);
    const copy =
      (name: string) =>
      (x: Counted): Counted => {
        counting.operation(name);
        return counting.make(x.data.map((v) => v / 2));
      };
    const both = (x: Counted): [Counted, Counted] => {
      counting.operation("both");
      return [counting.make(x.data.slice()), counting.make(x.data.slice())];
    };
    const mixed = { conditional: copy("conditional"), unconditional: copy("unconditional"), scale: 3 };
    const rescale = (guided: Counted, conditional: Counted): Counted => {
      counting.operation("rescale");
      return counting.make(guided.data.map((v, i) => v + conditional.data[i]!));
    };
    const denoisers: Denoiser<Counted>[] = [
      classifierFree({ ...mixed, space: counting.space, rescale }),
      classifierFree({ ...mixed, both, space: counting.space, rescale }),
      classifierGuided({
        denoiser: copy("denoiser"),
        gradLogP: copy("gradLogP"),
        schedule,
        scale: 2,
        space: counting.space,
      }),
    ];
    return { counting, denoisers };
  };
  for (const which of [0, 1, 2])
    for (let failAt = 0; ; failAt++) {
      const { counting, denoisers } = build(failAt);
      const x = counting.make(Float64Array.of(1, 2));
      const failed = await Promise.resolve(denoisers[which]!(x, 500)).then(
        (made) => (counting.space.dispose!(made), false),
        () => true,
      );
      expect([counting.live(), x.alive]).toEqual([1, true]);
      if (failed) continue;
      expect(failAt).toBeGreaterThanOrEqual(3);
      break;
    }
});

test("guidance in a run with shards draws the same samples", async () => {
  const denoiser = classifierFree({ conditional: epsOf(one(1)), unconditional: epsOf(all), scale: 2, space });
  const table = ddim({ eta: 1 })(schedule, linearTau(1000, 5));
  const xT = normal(key(9), 8);
  const run = (from: number, rows: number) =>
    sample({
      table,
      denoiser,
      xT: xT.slice(2 * from, 2 * (from + rows)),
      space: arraySpace({ rows }),
      key: foldIn(key(9), 1),
      firstIndex: from,
    });
  expect(new Float64Array([...(await run(0, 1)), ...(await run(1, 3))])).toEqual(await run(0, 4));
});
