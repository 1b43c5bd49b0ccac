import "@tensorflow/tfjs-backend-cpu";
import { ops, treeDispose } from "@nonmarkov/autodiff";
import { foldIn, key } from "@nonmarkov/random";
import { elboWeights, linear, maxSigma } from "@nonmarkov/schedule";
import { diffusionLoss, drawNoise, noisedExamples, noising, targetCoefs } from "@nonmarkov/train";
import { env, ready, setBackend } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { between, schedules } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";
import { kolmogorovSmirnovTest, normalCdf } from "./statistics.ts";

beforeAll(async () => {
  env().set("PROD", true);
  await setBackend("cpu");
  await ready();
});

const rows = fc.array(fc.tuple(between(-3, 3), between(-3, 3), fc.nat()), { minLength: 1, maxLength: 6 });

test("(4): x_t = √a_t x0 + √(1-a_t) eps, for every t, and the target of an eps network is that eps", () => {
  fc.assert(
    fc.property(schedules(), rows, (schedule, drawn) => {
      const t = drawn.map(([, , i]) => 1 + (i % schedule.T));
      const [x0, eps] = [drawn.map(([x]) => x), drawn.map(([, e]) => e)];
      const { xt, target } = noisedExamples(schedule, { x0, eps, t });
      t.forEach((index, i) => {
        const ab = schedule.alphaBar[index]!;
        // float32 rounds once
        expectNear(
          xt[i]!,
          Math.sqrt(ab) * x0[i]! + Math.sqrt(1 - ab) * eps[i]!,
          2 ** -23,
          Math.abs(x0[i]!) + Math.abs(eps[i]!) + 1e-37,
        );
        expect(target[i] === Math.fround(eps[i]!)).toBe(true);
      });
      expect(targetCoefs("eps", schedule.alphaBar[1]!)).toEqual({ x0: 0, eps: 1 });
    }),
    { numRuns: 300 },
  );
});

test("(4), on tensors: (x_t - √a_t x0)/√(1-a_t) is the eps that noising hands out, and that is standard normal, by KS, 0.999", () => {
  const schedule = linear({ T: 50, betaStart: 0.01, betaEnd: 0.3 });
  const n = 20_000;
  const clean = Float32Array.from({ length: n }, (_, i) => Math.sin(i) * 2);
  const x0 = ops.tensor(clean, [n, 1]);
  const t = Array.from({ length: n }, (_, i) => 1 + (i % 50));
  const { xt, eps } = noising(schedule, x0, t, key(4));
  const [noised, noise] = [xt.dataSync(), eps.dataSync()];
  const recovered = Float64Array.from(noised, (value, i) => {
    const ab = schedule.alphaBar[t[i]!]!;
    return (value - Math.sqrt(ab) * clean[i]!) / Math.sqrt(1 - ab);
  });
  recovered.forEach((value, i) => expectNear(value, noise[i]!, 1e-5, 1));
  expect(kolmogorovSmirnovTest(recovered, normalCdf)).toBeGreaterThan(0.001);
  treeDispose([x0, xt, eps]);
});

/** eps_theta(x, t) = slope·x, on tensors. */
const net = {
  apply: (slope: { s: ReturnType<typeof ops.tensor> }, x: ReturnType<typeof ops.tensor>) => ops.mul(x, slope.s),
};

test("(5): T n times the mean training loss is L_gamma = Σ gamma_t E|eps_theta(√a_t x0 + √(1-a_t) eps) - eps|², in closed form for a linear network, within 5 standard errors", () => {
  const [n, size, batches] = [3, 256, 12];
  fc.assert(
    fc.property(
      schedules({ min: -4, max: 4, most: 6 }),
      between(-1, 1),
      fc.tuple(between(-2, 2), between(-2, 2), between(-2, 2)),
      fc.nat(1000),
      (schedule, slope, point, seed) => {
        const { T, alphaBar } = schedule;
        const gamma = elboWeights(
          schedule,
          alphaBar.map((_, t) => (t <= 1 ? 0.7 : 0.7 * maxSigma(alphaBar[t - 1]!))),
        );
        const loss = diffusionLoss({ schedule, net, shape: [n], weights: gamma });
        const x = Float32Array.from({ length: size * n }, (_, i) => point[i % n]!);
        const params = { s: ops.tensor([slope], [1]) };
        const values = Array.from({ length: batches }, (_, i) => {
          const examples = loss.prepare({ x, size }, foldIn(key(seed), i));
          const value = loss.evaluate(params, examples);
          const number = value.dataSync()[0]! * T * n;
          treeDispose([value, examples]);
          return number;
        });
        params.s.dispose();
        const square = point.reduce((sum, value) => sum + value * value, 0);
        // E|slope (√a x0 + √(1-a) eps) - eps|²
        const want = alphaBar.reduce(
          (sum, ab, t) => sum + gamma[t]! * (slope ** 2 * ab * square + n * (slope * Math.sqrt(1 - ab) - 1) ** 2),
          0,
        );
        const mean = values.reduce((sum, value) => sum + value, 0) / batches;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (batches - 1);
        expect(Math.abs(mean - want)).toBeLessThan(5 * Math.sqrt(variance / batches) + 1e-4 * want);
      },
    ),
    { numRuns: 12, seed: 5 },
  );
});

test("(5): a batch's loss is exactly the mean over its rows of gamma_t/n |eps_theta(x_t) - eps|², with the x_t and eps of (4)", () => {
  fc.assert(
    fc.property(schedules({ min: -6, max: 6 }), between(-2, 2), fc.nat(1000), (schedule, slope, seed) => {
      const [n, size] = [2, 4];
      const gamma = schedule.alphaBar.map((_, t) => (t === 0 ? 0 : 1 / t));
      const loss = diffusionLoss({ schedule, net, shape: [n], weights: gamma });
      const clean = Float32Array.from(drawNoise(key(seed + 1), size, n));
      const examples = loss.prepare({ x: clean, size }, key(seed));
      const params = { s: ops.tensor([slope], [1]) };
      const value = loss.evaluate(params, examples);
      const [xt, t, eps] = [examples.xt.dataSync(), examples.t.dataSync(), examples.target.dataSync()];
      let want = 0;
      for (let i = 0; i < size * n; i++) {
        const index = t[Math.floor(i / n)]!;
        const ab = schedule.alphaBar[index]!;
        expectNear(
          xt[i]!,
          Math.sqrt(ab) * clean[i]! + Math.sqrt(1 - ab) * eps[i]!,
          1e-6,
          1 + Math.abs(clean[i]!) + Math.abs(eps[i]!),
        );
        want += (gamma[index]! * (Math.fround(slope) * xt[i]! - eps[i]!) ** 2) / (size * n);
      }
      expectNear(value.dataSync()[0]!, want, 1e-5, want + 1e-6);
      treeDispose([value, examples, params]);
    }),
  );
});
