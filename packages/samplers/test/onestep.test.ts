import { key, normal, type Key } from "@nonmarkov/random";
import {
  arraySpace,
  clipX0,
  ddim,
  ddimEncode,
  ddpm,
  dpm2,
  dpm2Ancestral,
  edm,
  encodingMoves,
  euler,
  eulerAncestral,
  eulerEncode,
  heun,
  moves,
  noiseRow,
  pathThrough,
  probabilityFlow,
  probabilityFlowEncode,
  resampled,
  sample,
  sigmaHat,
  trajectory,
  type Denoiser,
  type Move,
  type Path,
  type Planner,
  type Table,
  type VectorSpace,
} from "@nonmarkov/samplers";
import {
  alphaBarFromNoiseToSignal,
  exponentialGrid,
  fromAlphaBar,
  indexAt,
  karrasGrid,
  linear,
  linearTau,
  maxSigma,
  noiseToSignal,
  rescaleZeroTerminalSnr,
  sigmaEta,
  type Schedule,
} from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { between, schedules, tausOf } from "../../../test/theorems/arbitraries.ts";
import { expectNear } from "../../../test/theorems/expectNear.ts";

const schedule = linear();

/** Paths of both kinds: sub-sequences of random schedules, and grids that lie anywhere. */
const paths = (range: { min: number; max: number }): fc.Arbitrary<{ schedule: Schedule; path: Path }> =>
  fc.oneof(
    schedules(range).chain((schedule) => tausOf(schedule).map((path) => ({ schedule, path }))),
    fc
      .tuple(schedules(range), fc.uniqueArray(between(range.min, range.max), { minLength: 1, maxLength: 12 }))
      .map(([schedule, logs]) => {
        const sigmas = [...new Set(logs.toSorted((a, b) => a - b).map((log) => Math.exp(-log / 2)))];
        return { schedule, path: pathThrough(schedule, sigmas) };
      }),
  );

/** A denoiser for one run of a table that knows alphaBar exactly, also where its index is that of a neighbour. */
const knowing = (
  table: Table,
  predict: (x: Float64Array, alphaBar: number) => Float64Array,
): Denoiser<Float64Array> => {
  const levels = table.rows.filter(({ time }) => time !== null).map(({ alphaBarT }) => alphaBarT);
  return (x) => predict(x, levels.shift()!);
};

const deterministic: Record<string, Planner> = {
  heun: heun(),
  dpm2: dpm2(),
  "eulerAncestral, eta 0": eulerAncestral({ eta: 0 }),
  "dpm2Ancestral, eta 0": dpm2Ancestral({ eta: 0 }),
  "edm, order 1": edm({ order: 1 }),
  edm: edm(),
};
const stochastic: Record<string, Planner> = {
  "eulerAncestral, eta 0.4": eulerAncestral({ eta: 0.4 }),
  eulerAncestral: eulerAncestral(),
  "eulerAncestral, eta 3": eulerAncestral({ eta: 3 }),
  "dpm2Ancestral, eta 0.4": dpm2Ancestral({ eta: 0.4 }),
  dpm2Ancestral: dpm2Ancestral(),
  "dpm2Ancestral, eta 3": dpm2Ancestral({ eta: 3 }),
  "edm, churn 3": edm({ churn: 3 }),
  "edm, churn 100, order 1": edm({ churn: 100, order: 1 }),
  "edm, churn within bounds": edm({ churn: 2, sMin: 0.1, sMax: 5 }),
};

describe.each(Object.entries({ ...deterministic, ...stochastic }))("%s", (_, planner) => {
  test("given x0, every row takes N(√ab·x0, 1 - ab) at its start to that at its end, those of stages and noise too", () => {
    fc.assert(
      fc.property(paths({ min: -30, max: 25 }), fc.nat(3), ({ schedule, path }, times) => {
        const again = resampled(planner, { jump: 2, times: 1 + times });
        for (const table of [planner(schedule, path), again(schedule, path)])
          for (const { x, x0, eps, sigma, alphaBarT, alphaBarS } of table.rows) {
            expect(eps).toEqual([]);
            const weight = x0.reduce((sum, c) => sum + c, 0);
            const scale = Math.max(x * Math.sqrt(alphaBarT), ...x0.map(Math.abs), Math.sqrt(alphaBarS));
            expectNear(x * Math.sqrt(alphaBarT) + weight, Math.sqrt(alphaBarS), 1e-12, scale);
            expectNear(x * x * (1 - alphaBarT) + sigma * sigma, 1 - alphaBarS, 1e-11);
          }
      }),
      { numRuns: 200 },
    );
  });

  test("the exact denoiser of a point mass gives x0, on sub-sequences and on grids", async () => {
    const point = Float64Array.of(0.7, -1.3, 0, 2.5);
    await fc.assert(
      fc.asyncProperty(paths({ min: -12, max: 12 }), async ({ schedule, path }) => {
        const table = planner(schedule, path);
        const denoiser = knowing(table, (x, ab) =>
          x.map((value, j) => (value - Math.sqrt(ab) * point[j]!) / Math.sqrt(1 - ab)),
        );
        const got = await sample({ table, denoiser, xT: normal(key(11), 4), space: arraySpace(), key: key(12) });
        const scale = 1 / Math.sqrt(Math.min(...table.rows.map(({ alphaBarT }) => alphaBarT)));
        got.forEach((value, j) => expectNear(value, point[j]!, 1e-11, scale));
      }),
      { numRuns: 100 },
    );
  });

  test("each row starts where the one before ended; one with a time evaluates there, at an index with this alphaBar", () => {
    fc.assert(
      fc.property(paths({ min: -12, max: 12 }), ({ schedule, path }) => {
        const { rows } = planner(schedule, path);
        for (const { time, t, alphaBarT, x0, sigma } of rows) {
          if (time === null) expect([x0, sigma > 0]).toEqual([[], true]);
          else expect(time).toBe(t);
          if (schedule.alphaBar[t] !== alphaBarT) expect(t).toBe(indexAt(schedule, alphaBarT));
        }
        rows
          .slice(1)
          .forEach(({ t, alphaBarT }, i) => expect([t, alphaBarT]).toEqual([rows[i]!.s, rows[i]!.alphaBarS]));
        expect(rows.at(-1)!.alphaBarS).toBe(1);
      }),
      { numRuns: 100 },
    );
  });
});

describe("on Gaussian data, whose ODE is solved in closed form,", () => {
  const variances = [0.3, 2.5];
  const optimal = (x: Float64Array, ab: number): Float64Array =>
    x.map((value, j) => (Math.sqrt(1 - ab) * value) / (ab * variances[j]! + 1 - ab));

  /** The error of S moves on a Karras grid, or backwards on it, as a part of the solution. */
  const errorAt = async (planner: Planner, S: number, encode: boolean): Promise<number> => {
    const down = pathThrough(schedule, karrasGrid(schedule, S + 1, { rho: 3, sigmaMin: 0.05, sigmaMax: 20 }), {
      end: "last",
    });
    const table = planner(schedule, encode ? encodingMoves(schedule, down, 0) : down);
    const [abT, abS] = [table.rows[0]!.alphaBarT, table.rows.at(-1)!.alphaBarS];
    const got = await sample({
      table,
      denoiser: knowing(table, optimal),
      xT: Float64Array.of(1, 1),
      space: arraySpace(),
    });
    const exact = variances.map((l) => Math.sqrt((abS * l + 1 - abS) / (abT * l + 1 - abT)));
    return Math.max(...exact.map((factor, j) => Math.abs(got[j]! / factor - 1)));
  };

  test.each<[string, Planner, number, boolean]>([
    ["euler", euler(), 1, true],
    ["eulerAncestral, eta 0", eulerAncestral({ eta: 0 }), 1, false],
    ["edm, order 1", edm({ order: 1 }), 1, true],
    ["heun", heun(), 2, true],
    ["edm", edm(), 2, true],
    ["dpm2", dpm2(), 2, true],
    ["dpm2Ancestral, eta 0", dpm2Ancestral({ eta: 0 }), 2, false],
  ])("%s converges to it with its order, there and, where it encodes, back", async (_, planner, order, encodes) => {
    for (const encode of encodes ? [false, true] : [false]) {
      const [coarse, fine] = await Promise.all([100, 200].map((S) => errorAt(planner, S, encode)));
      expect(Math.log2(coarse! / fine!)).toBeGreaterThan(order - 0.15);
      expect(Math.log2(coarse! / fine!)).toBeLessThan(order + 0.15);
      expect(fine!).toBeLessThan(order === 1 ? 0.02 : 2e-4);
    }
  });

  /** Linear forms in independent standard normal numbers: what a linear denoiser makes of them is exact. */
  const forms: VectorSpace<readonly number[]> & { readonly fresh: () => readonly number[] } = (() => {
    let count = 0;
    const fresh = (): readonly number[] => [...Array.from({ length: count++ }, () => 0), 1];
    return {
      fresh,
      normal: fresh,
      combine: (coefs, vectors) =>
        Array.from({ length: Math.max(...vectors.map((v) => v.length)) }, (_, i) =>
          coefs.reduce((sum, c, j) => sum + c * (vectors[j]![i] ?? 0), 0),
        ),
    };
  })();
  /** The variance of the samples, exactly, of data with variance l. */
  const varianceAt = async (planner: Planner, l: number, S: number): Promise<number> => {
    const sigmas = karrasGrid(schedule, S + 1, { rho: 3, sigmaMin: 1e-4, sigmaMax: 50 });
    const table = planner(schedule, pathThrough(schedule, sigmas));
    const levels = table.rows.filter(({ time }) => time !== null).map(({ alphaBarT }) => alphaBarT);
    const ab = table.rows[0]!.alphaBarT;
    const got = await sample({
      table,
      denoiser: (x) => {
        const at = levels.shift()!;
        return x.map((value) => (Math.sqrt(1 - at) * value) / (at * l + 1 - at));
      },
      xT: forms.combine([Math.sqrt(ab * l + 1 - ab)], [forms.fresh()]),
      space: forms,
      key: key(1),
    });
    return got.reduce((sum, c) => sum + c * c, 0);
  };

  test.each<[string, Planner, number]>([
    ["eulerAncestral", eulerAncestral(), 1],
    ["eulerAncestral, eta 0.5", eulerAncestral({ eta: 0.5 }), 1],
    ["dpm2Ancestral, eta 0.5", dpm2Ancestral({ eta: 0.5 }), 2],
    ["edm, churn 3, order 1", edm({ churn: 3, order: 1 }), 1],
    ["edm, churn 3", edm({ churn: 3 }), 2],
    ["resampled euler", resampled(edm({ order: 1 }), { jump: 5, times: 3 }), 1],
    ["resampled heun", resampled(heun(), { jump: 5, times: 3 }), 2],
  ])(
    "the samples of %s have its variance as the moves become many, with the method's order",
    async (_, planner, order) => {
      for (const l of variances) {
        const [coarse, fine] = await Promise.all([50, 100].map(async (S) => (await varianceAt(planner, l, S)) / l - 1));
        expect(Math.log2(coarse! / fine!)).toBeGreaterThan(order - 0.25);
        expect(Math.abs(fine!)).toBeLessThan(order === 1 ? 0.2 : 0.01);
      }
    },
  );
});

/** The published algorithms, in xbar = x/√alphaBar and sigma, one number at a time. */
describe("against the published algorithms", () => {
  type Model = (xbar: number, sigma: number) => number;
  type Step = (x0: Model, x: number, from: number, to: number, z: () => number) => number;
  /** A denoiser that is far from linear; it predicts x0 from xbar. */
  const x0Model: Model = (xbar, sigma) => Math.tanh(xbar) + Math.sin(3 * xbar) / (2 + sigma);
  const slope = (x0: Model, x: number, sigma: number): number => (x - x0(x, sigma)) / sigma;
  const ancestral = (from: number, to: number, eta: number): [down: number, up: number] => {
    const up = Math.min(to, eta * Math.sqrt((to ** 2 * (from ** 2 - to ** 2)) / from ** 2));
    return [Math.sqrt(to ** 2 - up ** 2), up];
  };
  const heunStep: Step = (x0, x, from, to) => {
    const d = slope(x0, x, from);
    const next = x + (to - from) * d;
    return to === 0 ? next : x + ((to - from) * (d + slope(x0, next, to))) / 2;
  };
  const eulerStep: Step = (x0, x, from, to) => x + (to - from) * slope(x0, x, from);
  const midpoint: Step = (x0, x, from, to) => {
    if (to === 0) return eulerStep(x0, x, from, to, () => 0);
    const middle = Math.sqrt(from * to);
    return x + (to - from) * slope(x0, x + (middle - from) * slope(x0, x, from), middle);
  };
  const withNoise =
    (step: Step, eta: number): Step =>
    (x0, x, from, to, z) => {
      const [down, up] = ancestral(from, to, eta);
      return step(x0, x, from, down, z) + (up > 0 ? up * z() : 0);
    };
  const churned =
    (step: Step, gamma: number, sMin: number, sMax: number, noise: number): Step =>
    (x0, x, from, to, z) => {
      if (from < sMin || from > sMax) return step(x0, x, from, to, z);
      const hat = from * (1 + gamma);
      return step(x0, x + noise * Math.sqrt(hat ** 2 - from ** 2) * z(), hat, to, z);
    };

  const sigmas = karrasGrid(schedule, 8, { sigmaMin: 0.02, sigmaMax: 30 });
  const path = pathThrough(schedule, sigmas);
  const draws = Array.from({ length: 40 }, (_, i) => normal(key(i), 1)[0]!);
  const recorded = (): VectorSpace<Float64Array> => {
    const queue = draws.slice();
    return { ...arraySpace(), normal: (_key: Key) => Float64Array.of(queue.shift()!) };
  };
  const asDenoiser = (table: Table, x0: Model): Denoiser<Float64Array> =>
    knowing(table, (x, ab) => {
      const sigma = noiseToSignal(ab);
      return x.map((value) => {
        const xbar = value / Math.sqrt(ab);
        return (xbar - x0(xbar, sigma)) / sigma;
      });
    });

  const cases: [string, Planner, Step][] = [
    ["heun", heun(), heunStep],
    ["edm without churn", edm(), heunStep],
    ["edm of order 1 without churn", edm({ order: 1 }), eulerStep],
    ["dpm2", dpm2(), midpoint],
    ["eulerAncestral", eulerAncestral(), withNoise(eulerStep, 1)],
    ["eulerAncestral, eta 0.3", eulerAncestral({ eta: 0.3 }), withNoise(eulerStep, 0.3)],
    ["eulerAncestral, eta 5", eulerAncestral({ eta: 5 }), withNoise(eulerStep, 5)],
    ["dpm2Ancestral", dpm2Ancestral(), withNoise(midpoint, 1)],
    ["dpm2Ancestral, eta 0.3", dpm2Ancestral({ eta: 0.3 }), withNoise(midpoint, 0.3)],
    ["edm, churn", edm({ churn: 2, noise: 1.01 }), churned(heunStep, 2 / 8, 0, Infinity, 1.01)],
    [
      "edm, much churn within bounds, order 1",
      edm({ churn: 80, sMin: 0.1, sMax: 10, noise: 0.9, order: 1 }),
      churned(eulerStep, Math.SQRT2 - 1, 0.1, 10, 0.9),
    ],
  ];
  const runReference = (step: Step, x0: Model, xT: number): number[] => {
    const queue = draws.slice();
    let x = xT / Math.sqrt(path[0]!.alphaBarT);
    return [...sigmas.slice(1), 0].map((to, i) => (x = step(x0, x, sigmas[i]!, to, () => queue.shift()!)));
  };

  test.each(cases)("%s moves as published, with a network that is not linear", async (_, planner, step) => {
    const table = planner(schedule, path);
    const want = runReference(step, x0Model, 0.8);
    const got = await sample({
      table,
      denoiser: asDenoiser(table, x0Model),
      xT: Float64Array.of(0.8),
      space: recorded(),
      key: key(0),
    });
    expectNear(got[0]!, want.at(-1)!, 1e-9, 1);
  });

  test.each(cases)("%s clips as published: the slope is that of the clipped x0", async (_, planner, step) => {
    const table = planner(schedule, path);
    const want = runReference(step, (x, sigma) => Math.min(0.4, Math.max(-0.4, x0Model(x, sigma))), 0.8);
    expect(want.at(-1)).not.toBe(runReference(step, x0Model, 0.8).at(-1));
    const got = await sample({
      table,
      denoiser: asDenoiser(table, x0Model),
      mapX0: clipX0(0.4),
      xT: Float64Array.of(0.8),
      space: recorded(),
      key: key(0),
    });
    expectNear(got[0]!, want.at(-1)!, 1e-9, 1);
  });

  test.each<[string, Planner, Step]>([
    ["heun", heun(), heunStep],
    ["dpm2", dpm2(), midpoint],
    ["euler", euler(), eulerStep],
    ["edm of order 1", edm({ order: 1 }), eulerStep],
    ["ddim", ddim(), eulerStep],
  ])("%s encodes by the same formulas with sigma rising", async (_, planner, step) => {
    const up = encodingMoves(schedule, pathThrough(schedule, sigmas, { end: "last" }), 0);
    const table = planner(schedule, up);
    expect(table.rows.every(({ sigma }) => sigma === 0)).toBe(true);
    let x = 0.8 / Math.sqrt(up[0]!.alphaBarT);
    const levels = sigmas.toReversed();
    levels.slice(1).forEach((to, i) => (x = step(x0Model, x, levels[i]!, to, () => 0)));
    const denoiser = asDenoiser(table, x0Model);
    const got = await sample({ table, denoiser, xT: Float64Array.of(0.8), space: arraySpace() });
    expectNear(got[0]! / Math.sqrt(up.at(-1)!.alphaBarS), x, 1e-10);
  });
});

describe("what is the same", () => {
  test("eulerAncestral is ddim's eq. (12) for every admissible eta, and at eta = 1 ddpm with the small variance", () => {
    fc.assert(
      fc.property(paths({ min: -30, max: 25 }), between(0, 1), ({ schedule, path }, eta) => {
        const family = ddim({ eta })(schedule, path).rows;
        eulerAncestral({ eta })(schedule, path).rows.forEach(({ x, x0, sigma, alphaBarT: ab }, i) => {
          const row = family[i]!;
          // put in x = √a·x0 + √(1-a)·eps
          expectNear(x * Math.sqrt(ab) + x0[0]!, row.x0[0]!);
          expectNear(x * Math.sqrt(1 - ab), row.eps[0]!);
          expect(sigma).toBe(row.sigma);
        });
        const ho = ddpm()(schedule, path).rows;
        eulerAncestral()(schedule, path).rows.forEach(({ x, x0, sigma }, i) => {
          expectNear(x, ho[i]!.x);
          expectNear(x0[0]!, ho[i]!.x0[0]!);
          expect(sigma).toBe(ho[i]!.sigma);
        });
      }),
      { numRuns: 200 },
    );
  });

  test("eulerAncestral with eta = 0 is euler, edm without churn is heun, dpm2Ancestral with eta = 0 is dpm2", () => {
    fc.assert(
      fc.property(paths({ min: -12, max: 12 }), ({ schedule, path }) => {
        const straight = euler()(schedule, path).rows;
        eulerAncestral({ eta: 0 })(schedule, path).rows.forEach(({ x, x0, sigma, alphaBarT: ab }, i) => {
          // put in x0 = (x - √(1-a)·eps)/√a
          expectNear(x + x0[0]! / Math.sqrt(ab), straight[i]!.x);
          expectNear(-x0[0]! * noiseToSignal(ab), straight[i]!.eps[0]!);
          expect(sigma).toBe(0);
        });
        expect(edm({ order: 1 })(schedule, path).rows).toEqual(eulerAncestral({ eta: 0 })(schedule, path).rows);
        expect(edm()(schedule, path).rows).toEqual(heun()(schedule, path).rows);
        expect(dpm2Ancestral({ eta: 0 })(schedule, path).rows).toEqual(dpm2()(schedule, path).rows);
      }),
      { numRuns: 100 },
    );
  });

  test("with all noise fresh nothing of the old is left, so dpm2Ancestral has no second evaluation", () => {
    const tau = [10, 11, 12];
    const all = eulerAncestral({ eta: 1000 })(schedule, tau).rows;
    expect(all.map(({ x }) => x)).toEqual([0, 0, 0]);
    all.forEach(({ sigma, alphaBarS }) => expectNear(sigma, Math.sqrt(1 - alphaBarS)));
    expect(dpm2Ancestral({ eta: 1000 })(schedule, tau).rows).toEqual(all);
    // and so where what is left is too little to be told from clean data
    const [abS, abT] = [1 - 1e-12, 1 - 2e-12];
    const tiny = fromAlphaBar([abS, abT]);
    const eta = (maxSigma(abS) / sigmaEta(abT, abS, 1)) * (1 - 1e-10);
    const [first, ...rest] = dpm2Ancestral({ eta })(tiny, [1, 2]).rows;
    expect(first!.x).toBeGreaterThan(0);
    expect([first!.s, rest.length]).toEqual([1, 1]);
  });
});

describe("moves to noise", () => {
  const up: Path = encodingMoves(schedule, moves(schedule, [10, 250, 1000]), 0);

  test("are refused by every method that adds noise, with what to do", () => {
    const refusing: Record<string, Planner> = {
      ...stochastic,
      "eulerAncestral, eta 0": eulerAncestral({ eta: 0 }),
      "dpm2Ancestral, eta 0": dpm2Ancestral({ eta: 0 }),
      "edm, churn at the stop": edm({ churn: 3, order: 1, evaluateAt: "stop" }),
      ddpm: ddpm(),
      "ddpm, large": ddpm({ variance: "large" }),
      "ddim, eta 0.2": ddim({ eta: 0.2 }),
      sigmaHat: sigmaHat(),
      resampled: resampled(heun(), { jump: 1, times: 2 }),
    };
    for (const [name, planner] of Object.entries(refusing)) {
      const where = name.split(",")[0]!;
      expect(() => planner(schedule, up), name).toThrow(RangeError);
      expect(() => planner(schedule, up), name).toThrow(
        new RegExp(`^${where}: .* must not go to lower alphaBar, got 1 → \\S+ in the move 0 → 10; encode with`),
      );
    }
  });

  test("are encoding to the others, which evaluate at 1 where they leave clean data", () => {
    for (const [planner, encoder] of [
      [ddim(), ddimEncode()],
      [euler(), eulerEncode()],
      [probabilityFlow(), probabilityFlowEncode()],
    ] as const)
      expect(planner(schedule, up).rows).toEqual(encoder(schedule, [10, 250, 1000]).rows);
    for (const planner of [heun(), dpm2(), edm(), edm({ order: 1 })]) {
      const { rows } = planner(schedule, up);
      expect([rows[0]!.t, rows[0]!.time]).toEqual([0, 1]);
      for (const { x, x0, eps } of rows) expect([x0, [x, ...eps].every(Number.isFinite)]).toEqual([[], true]);
    }
    expect(heun()(schedule, up).rows.length).toBe(6);
    // from clean data there is no middle
    expect(dpm2()(schedule, up).rows.map(({ s }) => s)).toEqual([
      10,
      expect.any(Number),
      250,
      expect.any(Number),
      1000,
    ]);
  });

  test("the probability flow's drift is that of the moves' own level, also between the indices", () => {
    const path = pathThrough(schedule, [3, 1.7, 0.4]);
    probabilityFlow()(schedule, path).rows.forEach(({ eps, alphaBarT, alphaBarS }) => {
      const [from, to] = [noiseToSignal(alphaBarT), noiseToSignal(alphaBarS)];
      expectNear(eps[0]! / Math.sqrt(alphaBarS), (to ** 2 - from ** 2) / (2 * from), 1e-12);
    });
  });
});

describe("the ends of a schedule", () => {
  const zero = rescaleZeroTerminalSnr(schedule);

  test("from alphaBar = 0 go the methods of one evaluation; those of two, and churn, say that they cannot", async () => {
    for (const planner of [eulerAncestral(), eulerAncestral({ eta: 0 }), edm({ order: 1 }), dpm2Ancestral()]) {
      const table = planner(zero, [500, 1000]);
      const run = { table, denoiser: (x: Float64Array) => x.map(Math.cos), prediction: "v" as const, key: key(1) };
      const got = await sample({ ...run, xT: Float64Array.of(0.3), space: arraySpace() });
      expect(Number.isFinite(got[0])).toBe(true);
      expect(table.rows[0]!.x0[0]).toBe(Math.sqrt(zero.alphaBar[500]!));
    }
    for (const planner of [heun(), dpm2(), dpm2Ancestral({ eta: 0.5 }), edm()])
      expect(() => planner(zero, [500, 1000])).toThrow(/alphaBar must be > 0 .*, got 0 .*in the move 1000 → 500; take/);
    for (const order of [1, 2] as const)
      expect(() => edm({ churn: 1, order })(zero, [500, 1000])).toThrow(
        /edm: alphaBar must be > 0 where noise is added/,
      );
    expect(edm({ churn: 1, order: 1, sMax: 100 })(zero, [500, 1000]).rows[0]!.time).toBe(1000);
    for (const planner of [heun(), dpm2()])
      expect(() => planner(zero, encodingMoves(zero, moves(zero, [500, 1000]), 0))).toThrow(RangeError);
    // to clean data in one move
    for (const planner of [heun(), dpm2()])
      expect(planner(zero, [1000]).rows.map(({ x, x0 }) => [x, ...x0])).toEqual([[0, 1]]);
  });

  test("a move between equal levels changes nothing and is evaluated once", () => {
    const odd = fromAlphaBar([1, 1, 0.5, 0.5, 0]);
    const still: Move[] = [
      { t: 2, s: 1, alphaBarT: 1, alphaBarS: 1 },
      { t: 4, s: 3, alphaBarT: 0.5, alphaBarS: 0.5 },
      { t: 5, s: 5, alphaBarT: 0, alphaBarS: 0 },
    ];
    for (const planner of [heun(), dpm2(), eulerAncestral(), dpm2Ancestral(), edm()])
      for (const move of still)
        expect(planner(odd, [move]).rows.map(({ x, x0, sigma }) => [x, ...x0, sigma])).toEqual([[1, 0, 0]]);
  });
});

describe("edm", () => {
  test("raises sigma by at most √2 - 1 of itself, spreads churn over the moves, and only within its bounds", () => {
    const sigmas = [30, 8, 2, 0.5, 0.1];
    const path = pathThrough(schedule, sigmas);
    const raised = (table: Table): number[] =>
      table.rows
        .filter(({ time }) => time === null)
        .map(({ alphaBarT, alphaBarS }) => noiseToSignal(alphaBarS) / noiseToSignal(alphaBarT));
    raised(edm({ churn: 1 })(schedule, path)).forEach((ratio) => expectNear(ratio, 1.2, 1e-10));
    raised(edm({ churn: 10 })(schedule, path)).forEach((ratio) => expectNear(ratio, Math.SQRT2, 1e-10));
    const { rows } = edm({ churn: 1, sMin: 0.4, sMax: 10, noise: 1.1 })(schedule, path);
    const noisy = rows.filter(({ time }) => time === null);
    expect(noisy.map(({ alphaBarT }) => Math.round(noiseToSignal(alphaBarT) * 10) / 10)).toEqual([8, 2, 0.5]);
    for (const { x, sigma, alphaBarT, alphaBarS } of noisy) {
      expectNear(x, Math.sqrt(alphaBarS / alphaBarT));
      expectNear(sigma, 1.1 * Math.sqrt(1 - alphaBarS / alphaBarT), 1e-10);
    }
    const stop = edm({ churn: 1, order: 1, evaluateAt: "stop", sMin: 0.4, sMax: 10 })(schedule, path);
    expect(stop.rows.map(({ sigma }) => sigma > 0)).toEqual([false, true, true, true, false]);
    expect(stop.rows.map(({ time, t }) => time === t)).toEqual([true, true, true, true, true]);
    expect(edm({ order: 1, evaluateAt: "stop" })(schedule, path).rows).toEqual(euler()(schedule, path).rows);
    // before it is evaluated nothing is added, but sigma steps down from the raised level, and the noise comes along
    const raise = edm({ churn: 1, order: 1, sMin: 0.4, sMax: 10 })(schedule, path).rows[1]!;
    const { eps, sigma, alphaBarS } = stop.rows[1]!;
    expectNear(eps[0]! / Math.sqrt(alphaBarS), noiseToSignal(alphaBarS) - noiseToSignal(raise.alphaBarS), 1e-10);
    expectNear(sigma, Math.sqrt(alphaBarS / raise.alphaBarS) * raise.sigma);
  });

  test.each<[Parameters<typeof edm>[0], RegExp]>([
    [{ churn: -1 }, /edm: churn must be >= 0 and finite, got -1/],
    [{ churn: Infinity }, /churn/],
    [{ sMin: 2, sMax: 1 }, /0 <= sMin <= sMax must hold, got 2 and 1/],
    [{ sMin: -1 }, /sMin/],
    [{ sMax: NaN }, /sMax/],
    [{ noise: 0 }, /noise must be > 0 and finite, got 0; for none set churn to 0/],
    [{ noise: Infinity }, /noise/],
    [{ order: 3 as never }, /order must be one of 1, 2, got 3/],
    [{ evaluateAt: "middle" as never }, /evaluateAt must be one of "raised", "stop", got "middle"/],
    [{ evaluateAt: "stop" }, /evaluateAt "stop" must have order 1, got 2/],
  ])("refuses %o", (options, message) => {
    expect(() => edm(options)).toThrow(RangeError);
    expect(() => edm(options)).toThrow(message);
  });
});

test.each([eulerAncestral, dpm2Ancestral])("an eta that is negative or no number is a RangeError", (plan) => {
  for (const eta of [-0.1, NaN, Infinity]) expect(() => plan({ eta })).toThrow(/eta must be >= 0 and finite, got/);
});

test("tables say what they are", () => {
  const names = [heun(), dpm2(), eulerAncestral(), dpm2Ancestral({ eta: 0.5 }), edm({ churn: 4, order: 1 })].map(
    (planner) => planner(schedule, [10, 20]).name,
  );
  expect(names).toEqual(["heun", "dpm2", "eulerAncestral(eta=1)", "dpm2Ancestral(eta=0.5)", "edm(churn=4, order=1)"]);
  expect(resampled(heun(), { jump: 2, times: 3 })(schedule, [10, 20]).name).toBe("resampled(heun, jump=2, times=3)");
});

describe("resampled", () => {
  const grid = pathThrough(schedule, exponentialGrid(schedule, 10));

  test("makes every block of moves as often as asked for, with noise back to its start between, but the last", () => {
    for (const [jump, times] of [
      [1, 2],
      [3, 4],
      [4, 3],
      [5, 2],
      [10, 3],
      [12, 3],
    ] as const) {
      const { rows } = resampled(heun(), { jump, times })(schedule, grid);
      const plain = heun()(schedule, grid).rows;
      // ten moves, of which the last goes to clean data and is in the last block
      const blocks = Math.floor(9 / jump);
      const up = rows.filter(({ time }) => time === null);
      expect(up.length).toBe(blocks * (times - 1));
      expect(rows.length - up.length).toBe(plain.length + 2 * jump * blocks * (times - 1));
      rows.slice(1).forEach(({ t, alphaBarT }, i) => expect([t, alphaBarT]).toEqual([rows[i]!.s, rows[i]!.alphaBarS]));
      for (const { t, s, alphaBarT, alphaBarS } of up) {
        const from = grid.findIndex((move) => move.t === s);
        expect(grid[from + jump - 1]!.s).toBe(t);
        expect([alphaBarS, alphaBarT]).toEqual([grid[from]!.alphaBarT, grid[from + jump - 1]!.alphaBarS]);
      }
    }
  });

  test("once is the planner's own table", () => {
    for (const planner of [heun(), ddpm(), dpm2Ancestral()])
      expect(resampled(planner, { jump: 3, times: 1 })(schedule, grid).rows).toEqual(planner(schedule, grid).rows);
    expect(resampled(ddpm(), { jump: 3, times: 1 })(schedule, [1, 2, 3]).rows).toEqual(
      ddpm()(schedule, [1, 2, 3]).rows,
    );
  });

  test("does not go back over moves that do not move", () => {
    const flat = fromAlphaBar([0.9, 0.5, 0.5, 0.2]);
    const { rows } = resampled(ddpm(), { jump: 1, times: 2 })(flat, [1, 2, 3, 4]);
    expect(rows.map(({ t, s }) => [t, s])).toEqual([
      [4, 3],
      [3, 4],
      [4, 3],
      [3, 2],
      [2, 1],
      [1, 2],
      [2, 1],
      [1, 0],
    ]);
  });

  test("draws new noise each time, and runs", async () => {
    const table = resampled(ddpm(), { jump: 2, times: 2 })(schedule, linearTau(1000, 5));
    const states: number[] = [];
    for await (const { s, x } of trajectory({
      table,
      denoiser: (x) => x.map((v) => v / 2),
      xT: Float64Array.of(1),
      space: arraySpace(),
      key: key(3),
    }))
      if (s === 600) states.push(x[0]!);
    expect(new Set(states).size).toBe(2);
  });

  test("refuses counts that are none", () => {
    for (const bad of [0, -1, 1.5, NaN]) {
      expect(() => resampled(ddpm(), { jump: bad, times: 2 })).toThrow(/resampled: jump must be an integer >= 1, got/);
      expect(() => resampled(ddpm(), { jump: 2, times: bad })).toThrow(/resampled: times must be an integer >= 1, got/);
    }
  });
});

test("noiseRow is q(x_s | x_t) of the forward process: moves of several steps are those of one", () => {
  fc.assert(
    fc.property(between(-12, 12), between(-12, 12), between(-12, 12), (a, b, c) => {
      const [high, middle, low] = [a, b, c]
        .sort((p, q) => q - p)
        .map((log) => alphaBarFromNoiseToSignal(Math.exp(-log / 2)));
      fc.pre(high! > middle! && middle! > low!);
      const row = (alphaBarT: number, alphaBarS: number) => noiseRow({ t: 1, s: 2, alphaBarT, alphaBarS });
      const [first, second, both] = [row(high!, middle!), row(middle!, low!), row(high!, low!)];
      expectNear(first.x * second.x, both.x);
      expectNear((second.x * first.sigma) ** 2 + second.sigma ** 2, both.sigma ** 2);
      expect([both.time, both.x0, both.eps]).toEqual([null, [], []]);
    }),
  );
  for (const alphaBarS of [0.5, 0.6])
    expect(() => noiseRow({ t: 5, s: 7, alphaBarT: 0.5, alphaBarS })).toThrow(
      /noiseRow: the move must go to lower alphaBar, got 0.5 → 0.\d in the move 5 → 7; swap its ends/,
    );
});
