import { foldIn, key, normal } from "@nonmarkov/random";
import {
  arraySpace,
  ddim,
  langevin,
  outputMap,
  sample,
  scoreAscent,
  trajectory,
  type Corrector,
  type Correction,
  type Denoiser,
} from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";
import { expect, test } from "vitest";

const schedule = linear();
const space = arraySpace();
const variance = 0.4;
/** The exact eps for data ~ N(0, variance). */
const denoiser: Denoiser<Float64Array> = (x, t) => {
  const ab = schedule.alphaBar[t]!;
  return x.map((value) => (Math.sqrt(1 - ab) * value) / (ab * variance + 1 - ab));
};
const ab = 0.5;
const marginal = ab * variance + 1 - ab;
const correction = (x: Float64Array, more: Partial<Correction<Float64Array>> = {}): Correction<Float64Array> => ({
  x,
  t: 1,
  alphaBar: ab,
  step: 0,
  score: async (at) => at.map((value) => -value / marginal),
  space,
  key: key(5),
  firstIndex: 0,
  ...more,
});

test("langevin adds step·score and √(2 step)·z, again and again with fresh noise", async () => {
  const step = 0.02;
  let want = Float64Array.of(1, -2, 0.5);
  for (let i = 0; i < 3; i++) {
    const z = normal(foldIn(foldIn(key(5), i), 0), 3);
    want = want.map((value, j) => value - (step * value) / marginal + Math.sqrt(2 * step) * z[j]!);
  }
  const got = await langevin<Float64Array>({ stepSize: step, steps: 3 })(correction(Float64Array.of(1, -2, 0.5)));
  got.forEach((value, j) => expect(value).toBeCloseTo(want[j]!, 12));
});

test("scoreAscent adds step·score and no noise: on a Gaussian it shrinks towards the mode", async () => {
  const got = await scoreAscent<Float64Array>({ stepSize: (at) => 0.1 * (1 - at), steps: 2 })(
    correction(Float64Array.of(1, -2), { key: undefined }),
  );
  const factor = (1 - 0.05 / marginal) ** 2;
  expect(got[0]).toBeCloseTo(factor, 12);
  expect(got[1]).toBeCloseTo(-2 * factor, 12);
});

test("there is one step where their number is left out, and a step of size 0 changes nothing", async () => {
  const x = Float64Array.of(1, -2);
  for (const corrector of [langevin, scoreAscent]) {
    const one = await corrector<Float64Array>({ stepSize: 0.3, steps: 1 })(correction(x));
    expect(await corrector<Float64Array>({ stepSize: 0.3 })(correction(x))).toEqual(one);
    expect(one).not.toEqual(x);
    expect(await corrector<Float64Array>({ stepSize: 0 })(correction(x))).toEqual(x);
  }
});

test("each step is one combination of as many vectors as coefficients", async () => {
  const lengths: number[][] = [];
  const counting: typeof space = {
    ...space,
    combine: (coefs, vectors) => (lengths.push([coefs.length, vectors.length]), space.combine(coefs, vectors)),
  };
  for (const corrector of [langevin, scoreAscent])
    await corrector<Float64Array>({ stepSize: 0.1 })(correction(Float64Array.of(1), { space: counting }));
  expect(lengths).toEqual([
    [3, 3],
    [2, 2],
  ]);
});

test("langevin pulls a wrong marginal to the model's: variance within 4 standard errors of the discrete stationary one", async () => {
  const n = 20_000;
  const step = 0.1 * marginal;
  const start = normal(key(1), n).map((value) => 3 * value + 2);
  const got = await langevin<Float64Array>({ stepSize: step, steps: 120 })(correction(start));
  const mean = got.reduce((sum, value) => sum + value, 0) / n;
  const found = got.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  // x ← (1 - step/m)·x + √(2 step)·z is stationary at m / (1 - step/(2m))
  const stationary = marginal / (1 - step / (2 * marginal));
  expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(stationary / n));
  expect(Math.abs(found / stationary - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
});

test("a corrector gets the state, the model's score there and a key of its own, after every move but the last", async () => {
  const table = ddim({ eta: 1 })(schedule, linearTau(1000, 4));
  const seen: { t: number; step: number; alphaBar: number; key: readonly number[] }[] = [];
  const correct: Corrector<Float64Array> = async ({ x, score, t, step, alphaBar, key: own }) => {
    seen.push({ t, step, alphaBar, key: own! });
    expect(own).toEqual(foldIn(key(2), -1 - step));
    const slope = await score(x);
    slope.forEach((value, j) => expect(value).toBeCloseTo(-x[j]! / (alphaBar * variance + 1 - alphaBar), 12));
    return x.map(() => 0.25);
  };
  const states: Float64Array[] = [];
  for await (const { x } of trajectory({ table, denoiser, xT: Float64Array.of(1, -1), space, key: key(2), correct }))
    states.push(x);
  expect(seen.map(({ t, step }) => [t, step])).toEqual([
    [750, 0],
    [500, 1],
    [250, 2],
  ]);
  seen.forEach(({ t, alphaBar }) => expect(alphaBar).toBe(schedule.alphaBar[t]));
  // not the keys of the moves' own noise, nor of each other
  const keys = [...seen.map((s) => s.key), ...table.rows.map((_, i) => foldIn(key(2), i))];
  expect(new Set(keys.map(String)).size).toBe(keys.length);
  expect(states.slice(0, 3).every((x) => x[0] === 0.25)).toBe(true);
  expect(states[3]![0]).not.toBe(0.25);
});

test("predictor-corrector sampling: Langevin steps mend the marginal of a table with too much noise", async () => {
  const n = 4000;
  const table = ddim({ eta: 1 })(schedule, [100, 400, 1000]);
  const wide = { name: "too wide", rows: table.rows.map((row) => ({ ...row, sigma: row.sigma * 1.5 })) };
  const spread = async (correct?: Corrector<Float64Array>): Promise<number> => {
    let last = new Float64Array();
    for await (const { s, x } of trajectory({
      table: wide,
      denoiser,
      xT: normal(key(7), n),
      space,
      key: key(8),
      ...(correct && { correct }),
    }))
      if (s === 100) last = Float64Array.from(x);
    return last.reduce((sum, value) => sum + value * value, 0) / n;
  };
  const right = schedule.alphaBar[100]! * variance + 1 - schedule.alphaBar[100]!;
  const without = Math.abs((await spread()) / right - 1);
  const withCorrector = Math.abs((await spread(langevin({ stepSize: 0.05, steps: 60 }))) / right - 1);
  expect(without).toBeGreaterThan(0.2);
  expect(withCorrector).toBeLessThan(without / 3);
});

test.each(["eps", "x0", "v", "score"] as const)(
  "the score is the model's at the level where the move arrived, for a network that predicts %s",
  async (prediction) => {
    // solve the map for the output that says the same eps
    const predicting: Denoiser<Float64Array> = async (x, t) => {
      const [fromX, fromOutput] = outputMap(prediction, schedule.alphaBar[t]!).eps;
      const eps = await denoiser(x, t);
      return x.map((value, j) => (eps[j]! - fromX * value) / fromOutput);
    };
    let seen = 0;
    const correct: Corrector<Float64Array> = async ({ x, score, t }) => {
      const right = schedule.alphaBar[t]! * variance + 1 - schedule.alphaBar[t]!;
      (await score(x)).forEach((value, j) => expect(value).toBeCloseTo(-x[j]! / right, 9));
      seen++;
      return x.slice();
    };
    const table = ddim()(schedule, linearTau(1000, 4));
    await sample({ table, denoiser: predicting, prediction, xT: Float64Array.of(1, -1), space, correct });
    expect(seen).toBe(3);
  },
);

test.each([
  ["a negative step", { stepSize: -1 }, /stepSize must be >= 0/],
  ["a step that is no number", { stepSize: () => NaN }, /stepSize must be >= 0/],
  ["an endless step", { stepSize: Infinity }, /stepSize must be >= 0 and finite, got Infinity/],
  ["no steps", { stepSize: 1, steps: 0 }, /steps must be an integer >= 1/],
  ["half a step", { stepSize: 1, steps: 1.5 }, /steps must be an integer >= 1/],
] as const)("%s is a RangeError", async (_, options, message) => {
  for (const corrector of [langevin, scoreAscent]) {
    await expect(corrector<Float64Array>(options)(correction(Float64Array.of(1)))).rejects.toThrow(RangeError);
    await expect(corrector<Float64Array>(options)(correction(Float64Array.of(1)))).rejects.toThrow(message);
  }
});

test("langevin in a run without a key is a RangeError, scoreAscent is not", async () => {
  const table = ddim()(schedule, [500, 1000]);
  const run = { table, denoiser, xT: Float64Array.of(1), space };
  await expect(sample({ ...run, correct: langevin({ stepSize: 0.1 }) })).rejects.toThrow(
    /must have a key|must be a key/,
  );
  expect((await sample({ ...run, correct: scoreAscent({ stepSize: 0.1 }) }))[0]).toBeTypeOf("number");
});
