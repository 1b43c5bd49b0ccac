import { atIndex, gaussianMixture } from "@nonmarkov/nets";
import { foldIn, key, normal } from "@nonmarkov/random";
import {
  arraySpace,
  blend,
  ddim,
  ddpm,
  noised,
  replaceKnown,
  replaceKnownX0,
  resampled,
  sample,
  startAt,
  type Table,
  tauFrom,
} from "@nonmarkov/samplers";
import { linear, linearTau, rescaleZeroTerminalSnr } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { type Counted, countingSpace } from "./countingSpace.ts";

const schedule = linear();
const rho = 0.8;
const mean = [0.5, -1];
/** Two correlated numbers. */
const exact = gaussianMixture({
  means: [mean],
  covariances: [
    [
      [1, rho],
      [rho, 1],
    ],
  ],
});
const denoiser = atIndex(exact.eps, schedule.alphaBar);
const tau = linearTau(1000, 20);

describe("with a mask of one kind", () => {
  const space = arraySpace({ rows: 3 });
  const xT = normal(key(1), 6);
  const known = Float64Array.of(1.5, 0.2, -0.7, 0.1, 2, -2);
  const run = { table: ddim({ eta: 1 })(schedule, tau), denoiser, xT, space, key: key(2) };
  const all = blend(new Float64Array(6).fill(1));
  const none = blend(new Float64Array(6));

  test("where all is known the sample is what is known, bit for bit", async () => {
    expect(await sample({ ...run, mapX0: replaceKnownX0({ known, blend: all }) })).toEqual(known);
    const state = await sample({ ...run, correct: replaceKnown({ known, blend: all }) });
    expect(all(known, state)).toEqual(known);
  });

  test("where nothing is known it is the plain sample: bit for bit if the state is replaced", async () => {
    const plain = await sample(run);
    expect(await sample({ ...run, correct: replaceKnown({ known, blend: none }) })).toEqual(plain);
    const mapped = await sample({ ...run, mapX0: replaceKnownX0({ known, blend: none }) });
    mapped.forEach((value, i) => expect(value).toBeCloseTo(plain[i]!, 10));
  });

  test("after each move the known part is a fresh draw of q(x_s | known), the same in every shard", async () => {
    const seen: Float64Array[] = [];
    const half = blend([1, 0, 1, 0, 1, 0]);
    const correct = replaceKnown<Float64Array>({ known, blend: half });
    await sample({
      ...run,
      correct: async (correction) => {
        const got = await correct(correction);
        const z = space.normal(correction.key!, correction.x, 0);
        got.forEach((value, i) =>
          expect(value).toBe(
            i % 2 === 1
              ? correction.x[i]
              : Math.sqrt(correction.alphaBar) * known[i]! + Math.sqrt(1 - correction.alphaBar) * z[i]!,
          ),
        );
        seen.push(z);
        return got;
      },
    });
    expect(seen).toHaveLength(19);
    expect(new Set(seen.map(String)).size).toBe(19);
    const whole = await sample({ ...run, correct });
    const last = await sample({
      ...run,
      xT: xT.slice(4),
      space: arraySpace(),
      firstIndex: 2,
      correct: replaceKnown({ known: known.slice(4), blend: blend([1, 0]) }),
    });
    expect(last).toEqual(whole.slice(4));
  });
});

/** The first number of each sample is known to be this. */
const given = 2.5;

/** A Gaussian of two numbers. */
type Law = { readonly mean: readonly [number, number]; readonly covariance: readonly [number, number, number] };

/** What a table does to the law of the samples where the first number is replaced after each move: all of it is linear. */
const lawOf = (table: Table): Law => {
  const origin = Float64Array.of(0, 0);
  return table.rows.reduce<Law>(
    ({ mean: [m, n], covariance: [p, q, r] }, row) => {
      const { x, x0, sigma, time, alphaBarT, alphaBarS } = row;
      const v = sigma ** 2;
      if (time === null) return { mean: [x * m, x * n], covariance: [x * x * p + v, x * x * q, x * x * r + v] };
      const shift = exact.x0(origin, alphaBarT);
      const [a, b] = exact.x0(Float64Array.of(0, 1), alphaBarT).map((value, i) => value - shift[i]!);
      const c = exact.x0(Float64Array.of(1, 0), alphaBarT)[1]! - shift[1]!;
      // the second number is x·second + x0·(shift + c·first + b·second); the first is forgotten
      const [first, second] = [x0[0]! * c, x + x0[0]! * b!];
      expect(a).toBeCloseTo(c, 12); // symmetric
      return {
        mean: [Math.sqrt(alphaBarS) * given, x0[0]! * shift[1]! + first * m + second * n],
        covariance: [1 - alphaBarS, 0, first * first * p + 2 * first * second * q + second * second * r + v],
      };
    },
    { mean: [0, 0], covariance: [1, 0, 1] },
  );
};

test("RePaint on an exact Gaussian has the mean and variance that its algorithm implies, and resampling takes most of its bias away", async () => {
  const rows = 3000;
  const known = Float64Array.from({ length: 2 * rows }, (_, i) => (i % 2 === 0 ? given : 0));
  const mix = blend(known.map((value) => (value === 0 ? 0 : 1)));
  const table = (times: number) => resampled(ddpm(), { jump: 1, times })(schedule, linearTau(1000, 25));
  for (const times of [1, 4]) {
    const x = await sample({
      table: table(times),
      denoiser,
      xT: normal(key(4), 2 * rows),
      space: arraySpace({ rows }),
      key: key(5),
      correct: replaceKnown({ known, blend: mix }),
    });
    const law = lawOf(table(times));
    const found = x.filter((_, i) => i % 2 === 1);
    const average = found.reduce((a, b) => a + b, 0) / rows;
    const variance = found.reduce((a, b) => a + (b - average) ** 2, 0) / (rows - 1);
    expect(Math.abs(average - law.mean[1])).toBeLessThan(4 * Math.sqrt(law.covariance[2] / rows));
    expect(Math.abs(variance / law.covariance[2] - 1)).toBeLessThan(4 * Math.sqrt(2 / rows));
  }
  // what Bayes says of the second number, given the first
  const wanted = mean[1]! + rho * (given - mean[0]!);
  const bias = [1, 4, 16, 64].map((times) => Math.abs(lawOf(table(times)).mean[1] - wanted));
  bias.forEach((value, i) => expect(value).toBeLessThan(bias[i - 1] ?? Infinity));
  expect(bias[0]).toBeGreaterThan(6 * bias[3]!);
});

describe("noised", () => {
  const space = arraySpace({ rows: 2 });
  const x0 = Float64Array.of(1, -0.5, 2, 0.25);

  test("draws q(x_t | x0), each row by its index", () => {
    const options = { schedule, key: key(3), t: 400 };
    const xt = noised({ ...options, x0, space, firstIndex: 5 });
    const a = schedule.alphaBar[400]!;
    for (let row = 0; row < 2; row++) {
      const z = normal(foldIn(key(3), 5 + row), 2);
      for (let i = 0; i < 2; i++)
        expect(xt[2 * row + i]).toBe(Math.sqrt(a) * x0[2 * row + i]! + Math.sqrt(1 - a) * z[i]!);
    }
    expect(noised({ ...options, x0: x0.slice(2), space: arraySpace(), firstIndex: 6 })).toEqual(xt.slice(2));
    expect(noised({ ...options, t: 0, x0, space })).toEqual(x0);
    expect(() => noised({ ...options, t: 1001, x0, space })).toThrow(/t must be in 0..T = 1000, got 1001/);
  });

  test("SDEdit from T, where nothing is left of the image, is sampling; from a small t it keeps the image", async () => {
    const zero = rescaleZeroTerminalSnr(schedule);
    const v = atIndex((x, a) => {
      const [eps, clean] = [exact.eps(x, a), exact.x0(x, a)];
      return eps.map((value, i) => Math.sqrt(a) * value - Math.sqrt(1 - a) * clean[i]!);
    }, zero.alphaBar);
    const table = ddim()(zero, tau);
    const run = { denoiser: v, prediction: "v", space } as const;
    const edited = (t: number) => noised({ x0, t, schedule: zero, key: key(6), space });
    expect(await sample({ ...run, table: startAt(table, 1000), xT: edited(1000) })).toEqual(
      await sample({ ...run, table, xT: space.normal(key(6), x0, 0) }),
    );
    const near = await sample({ ...run, table: ddim()(zero, tauFrom(tau, 5)), xT: edited(5) });
    near.forEach((value, i) => expect(Math.abs(value - x0[i]!)).toBeLessThan(0.15));
  });
});

test("masks, lengths and runs that do not fit are errors", async () => {
  expect(() => blend([0, 1.5])).toThrow(/mask\[1\] must be in 0..1, got 1.5/);
  expect(() => blend([NaN])).toThrow(RangeError);
  const [x, y] = [Float64Array.of(1, 2), Float64Array.of(3)];
  expect(() => blend([0, 1])(x, y)).toThrow(/as long as the mask, 2, got 2 and 1/);
  expect([...blend([0, 0.25, 1])(Float64Array.of(1, 1, 1), Float64Array.of(5, 5, 5))]).toEqual([5, 4, 1]);
  const run = { table: ddim()(schedule, tau), denoiser, xT: x, space: arraySpace() };
  await expect(sample({ ...run, correct: replaceKnown({ known: x, blend: blend([1, 0]) }) })).rejects.toThrow(
    /replaceKnown: there must be a key/,
  );
});

test("whichever operation fails, inpainting leaves no vector behind and frees none twice", async () => {
  for (let failAt = 0; ; failAt++) {
    const counting = countingSpace(failAt);
    const [x, known] = [counting.make(Float64Array.of(1, 2)), counting.make(Float64Array.of(3, 4))];
    const mix = (one: Counted, other: Counted): Counted => {
      counting.operation("blend");
      return counting.make(blend([1, 0])(one.data, other.data));
    };
    const failed = await sample({
      table: ddim({ eta: 1 })(schedule, [500, 1000]),
      denoiser: (at: Counted) => {
        counting.operation("denoiser");
        return counting.make(at.data.slice());
      },
      xT: x,
      space: counting.space,
      key: key(1),
      correct: replaceKnown({ known, blend: mix }),
      mapX0: replaceKnownX0({ known, blend: mix }),
    }).then(
      (made) => (counting.space.dispose!(made), false),
      () => true,
    );
    expect([counting.live(), x.alive, known.alive]).toEqual([2, true, true]);
    if (failed) continue;
    expect(failAt).toBeGreaterThan(5);
    break;
  }
  for (let failAt = 0; failAt < 2; failAt++) {
    const counting = countingSpace(failAt);
    const x0 = counting.make(Float64Array.of(1, 2));
    expect(() => noised({ x0, t: 500, schedule, key: key(1), space: counting.space })).toThrow(/fails/);
    expect([counting.live(), x0.alive]).toEqual([1, true]);
  }
});
