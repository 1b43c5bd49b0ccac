import { key } from "@nonmarkov/random";
import {
  arraySpace,
  clipX0,
  ddim,
  deis,
  dpmSolverMultistep,
  dpmSolverSinglestep,
  encodingMoves,
  ipndm,
  moves,
  plms,
  pndm,
  sample,
  trajectory,
  unipc,
  type Denoiser,
  type Move,
  type Planner,
  type Prediction,
  type Row,
} from "@nonmarkov/samplers";
import {
  alphaBarFromLogSnr,
  everyT,
  fromAlphaBar,
  fromLogSnr,
  linear,
  linearTau,
  noiseToSignal,
  rescaleZeroTerminalSnr,
  type Schedule,
} from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { schedules, tausOf } from "../../../test/theorems/arbitraries.ts";
import { expectNear } from "../../../test/theorems/expectNear.ts";

const orders = [1, 2, 3] as const;
const solvers = ["midpoint", "heun"] as const;
const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Every method without noise, with its order of convergence on short first moves. */
const deterministic: Record<string, readonly [Planner, number]> = {};
for (const order of orders) {
  for (const algorithm of ["dpmsolver++", "dpmsolver"] as const)
    for (const solver of solvers) {
      const common = { order, algorithm, solver };
      deterministic[`dpmSolverMultistep ${order} ${algorithm} ${solver}`] = [
        dpmSolverMultistep({ ...common, curvature: "full", lowerOrderFinal: false }),
        order,
      ];
      for (const stages of ["stops", "between"] as const)
        deterministic[`dpmSolverSinglestep ${order} ${algorithm} ${solver} ${stages}`] = [
          dpmSolverSinglestep({ ...common, stages }),
          order,
        ];
    }
  for (const variant of ["bh1", "bh2"] as const)
    for (const predict of ["x0", "eps"] as const) {
      const common = { order, variant, predict, lowerOrderFinal: false };
      deterministic[`unipc ${order} ${variant} ${predict}`] = [unipc(common), order + 1];
      deterministic[`unipc ${order} ${variant} ${predict}, uncorrected`] = [
        unipc({ ...common, disableCorrector: all(1000) }),
        order,
      ];
    }
  for (const variable of ["logrho", "rho", "t"] as const)
    deterministic[`deis ${order} ${variable}`] = [deis({ order, variable, lowerOrderFinal: false }), order];
}
deterministic["dpmSolverMultistep 3, half the curvature"] = [
  dpmSolverMultistep({ order: 3, curvature: "half", lowerOrderFinal: false }),
  2,
];
for (const order of [1, 2, 3, 4] as const) deterministic[`ipndm ${order}`] = [ipndm({ order }), Math.min(order, 2)];
deterministic["plms"] = [plms(), 2];
deterministic["pndm"] = [pndm(), 2];

/** Those with noise. */
const stochastic: Record<string, Planner> = {};
for (const order of orders)
  for (const solver of solvers) {
    for (const algorithm of ["sde-dpmsolver++", "sde-dpmsolver"] as const)
      stochastic[`dpmSolverMultistep ${order} ${algorithm} ${solver}`] = dpmSolverMultistep({
        ...{ order, algorithm, solver, lowerOrderFinal: false, curvature: "full" },
      });
    for (const stages of ["stops", "between"] as const)
      stochastic[`dpmSolverSinglestep ${order} sde-dpmsolver++ ${solver} ${stages}`] = dpmSolverSinglestep({
        ...{ order, algorithm: "sde-dpmsolver++", solver, stages },
      });
  }

/** Paths that a method refuses by design. */
const refuses = (name: string, path: readonly Move[]): boolean =>
  (name === "pndm" && path.length < 4) ||
  (name === "plms" && path.length > 1 && path[0]!.alphaBarT === 0) ||
  (name === "pndm" && path[0]!.alphaBarT === 0) ||
  (/sde-dpmsolver /.test(name) && path.length > 1 && path[0]!.alphaBarT === 0);

/** Schedules whose levels are not closer than a polynomial can be told apart by, sometimes with no signal at T. */
const wellSpread = fc
  .tuple(
    fc.array(fc.double({ min: 0.05, max: 3, noNaN: true }), { minLength: 1, maxLength: 24 }),
    fc.double({ min: -4, max: 12, noNaN: true }),
    fc.boolean(),
  )
  .map(([gaps, top, zero]) => {
    let at = top;
    const alphaBar = gaps.map((gap) => alphaBarFromLogSnr((at -= gap)));
    return fromAlphaBar(zero ? [...alphaBar, 0] : alphaBar);
  });
const anyCase = fc
  .oneof(wellSpread, schedules({ min: -12, max: 12 }))
  .chain((schedule) => tausOf(schedule).map((tau) => ({ schedule, tau })));

/** Levels that are a rounding apart, before and after longer moves. */
const hardCases: [{ schedule: Schedule; tau: number[] }][] = [
  [0.99, 0.5000000000000001, 0.5, 0.07],
  [0.9998726966043137, 0.9998726966043134, 0.9998726966041865],
].map((alphaBar) => [{ schedule: fromAlphaBar(alphaBar), tau: everyT(alphaBar.length) }]);

/** What a row makes of x0 and of eps that stay what they are; and how large the numbers are that it adds up. */
const onStraightPath = ({ x, x0, eps, alphaBarT }: Row) => {
  const sum = (coefs: readonly number[]): number => coefs.reduce((total, c) => total + c, 0);
  const size = (coefs: readonly number[]): number => coefs.reduce((total, c) => total + Math.abs(c), Math.abs(x));
  return {
    ofX0: x * Math.sqrt(alphaBarT) + sum(x0),
    ofEps: x * Math.sqrt(1 - alphaBarT) + sum(eps),
    scale: size([...x0, ...eps]),
  };
};

test.each(Object.entries(deterministic))(
  "%s keeps to a straight path, row by row: x0 and eps that stay make √ᾱ x0 + √(1 - ᾱ) eps",
  (name, [planner]) =>
    fc.assert(
      fc.property(anyCase, ({ schedule, tau }) => {
        const path = moves(schedule, tau);
        if (refuses(name, path)) {
          expect(() => planner(schedule, tau)).toThrow(RangeError);
          return;
        }
        for (const row of planner(schedule, tau).rows) {
          const { ofX0, ofEps, scale } = onStraightPath(row);
          expectNear(ofX0, Math.sqrt(row.alphaBarS), 1e-13, scale);
          expectNear(ofEps, Math.sqrt(1 - row.alphaBarS), 1e-13, scale);
        }
      }),
      { numRuns: 50, examples: hardCases },
    ),
);

test.each(Object.entries(stochastic).filter(([name]) => name.includes("++")))(
  "%s has the marginals N(√ᾱ x0, 1 - ᾱ) where x0 is known, row by row",
  (_, planner) =>
    fc.assert(
      fc.property(anyCase, ({ schedule, tau }) => {
        for (const row of planner(schedule, tau).rows) {
          const { ofX0, ofEps, scale } = onStraightPath(row);
          expectNear(ofX0, Math.sqrt(row.alphaBarS), 1e-13, scale);
          // the noise in x_t, or in the state from which the step began, is independent of the fresh one
          expectNear(ofEps ** 2 + row.sigma ** 2, 1 - row.alphaBarS, 1e-13, Math.max(1, scale));
        }
      }),
      { numRuns: 50, examples: hardCases },
    ),
);

test.each(Object.entries(stochastic).filter(([name]) => !name.includes("++")))(
  "%s has finite rows, or refuses to start without signal",
  (name, planner) =>
    fc.assert(
      fc.property(anyCase, ({ schedule, tau }) => {
        if (refuses(name, moves(schedule, tau))) {
          expect(() => planner(schedule, tau)).toThrow(/alphaBar must be > 0.*take "sde-dpmsolver\+\+"/);
          return;
        }
        for (const row of planner(schedule, tau).rows)
          expect([row.x, row.sigma, ...row.x0, ...row.eps].every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 50, examples: hardCases },
    ),
);

describe("order 1", () => {
  const uncorrected = { order: 1, disableCorrector: all(1000) } as const;
  const noiseless: Record<string, Planner> = {
    dpmSolverMultistep: dpmSolverMultistep({ order: 1 }),
    "dpmSolverMultistep, eps": dpmSolverMultistep({ order: 1, algorithm: "dpmsolver" }),
    dpmSolverSinglestep: dpmSolverSinglestep({ order: 1 }),
    unipc: unipc(uncorrected),
    "unipc, eps": unipc({ ...uncorrected, predict: "eps" }),
    deis: deis({ order: 1 }),
    "deis, rho": deis({ order: 1, variable: "rho" }),
    ipndm: ipndm({ order: 1 }),
  };
  const noisy: Record<string, Planner> = {
    dpmSolverMultistep: dpmSolverMultistep({ order: 1, algorithm: "sde-dpmsolver++" }),
    dpmSolverSinglestep: dpmSolverSinglestep({ order: 1, algorithm: "sde-dpmsolver++" }),
  };
  const expectRows = (planner: Planner, eta: number): void =>
    fc.assert(
      fc.property(anyCase, ({ schedule, tau }) => {
        const want = ddim({ eta })(schedule, tau).rows;
        const got = planner(schedule, tau).rows;
        expect(got.map(({ t, s, time }) => [t, s, time])).toEqual(want.map(({ t, s, time }) => [t, s, time]));
        got.forEach((row, i) => {
          const { ofX0, ofEps, scale } = onStraightPath(row);
          expectNear(ofX0, want[i]!.x0[0]!, 1e-13, scale);
          expectNear(ofEps, want[i]!.eps[0]!, 1e-13, Math.max(scale, 1));
          expectNear(row.sigma, want[i]!.sigma, 1e-13);
        });
      }),
      { numRuns: 100, examples: hardCases },
    );
  test.each(Object.entries(noiseless))("of %s is ddim with eta = 0", (_, planner) => expectRows(planner, 0));
  test.each(Object.entries(noisy))("of %s with noise is ddim with eta = 1", (_, planner) => expectRows(planner, 1));
});

/** Gaussian data N(mean, variance), whose denoiser and flow are known. */
const mean = 0.7;
const variance = 0.25;
const spread = (ab: number): number => ab * variance + (1 - ab);
const exactEps = (alphaBarOf: (t: number) => number): Denoiser<Float64Array> => {
  return (x, t) => {
    const ab = alphaBarOf(t);
    return x.map((value) => (Math.sqrt(1 - ab) * (value - Math.sqrt(ab) * mean)) / spread(ab));
  };
};
const flow = (x: number, abT: number, abS: number): number =>
  Math.sqrt(abS) * mean + (x - Math.sqrt(abT) * mean) * Math.sqrt(spread(abS) / spread(abT));

/** A schedule that is uniform in its log-SNR from 6 to -6, so that indices between are, too. */
const T = 961;
const uniform = fromLogSnr(Array.from({ length: T }, (_, i) => 6 - (12 * i) / (T - 1)));
const alphaBarAt = (t: number): number => alphaBarFromLogSnr(6 - (12 * (t - 1)) / (T - 1));

/**
 * From T to 1 in S moves of equal length, the first of which is graded: a multistep method starts with low orders, and the
 * moves that it makes with them must be as short as hides that. PNDM, for whole indices, and singlestep methods are not.
 */
const stopsOf = (S: number, graded: boolean): readonly number[] => {
  const stride = (T - 1) / S;
  const stops = Array.from({ length: S + 1 }, (_, i) => T - stride * i);
  const parts = [1 / S ** 2, 2 / S ** 2, 0.2, 0.5].filter((part, i) => i >= 2 || part < 0.2);
  return graded ? [T, ...parts.map((part) => T - stride * part), ...stops.slice(1)] : stops;
};
const toMoves = (stops: readonly number[]): readonly Move[] =>
  stops.slice(1).map((s, i) => {
    const t = stops[i]!;
    return { t, s, alphaBarT: alphaBarAt(t), alphaBarS: alphaBarAt(s) };
  });
const xT = Float64Array.of(-1.5, 0.2, 1.9);
const run = (planner: Planner, path: readonly Move[], x: Float64Array) => ({
  ...{ table: planner(uniform, path), denoiser: exactEps(alphaBarAt), xT: x, space: arraySpace() },
});
const largest = (errors: Float64Array): number => Math.max(...errors.map(Math.abs));

/** The largest error where a move of the path ends; of methods with stages, at the end of the path. */
const errorOf = async (planner: Planner, path: readonly Move[], everywhere: boolean): Promise<number> => {
  const errors: number[] = [];
  for await (const { s, x } of trajectory(run(planner, path, xT)))
    errors.push(largest(x.map((value, i) => value - flow(xT[i]!, path[0]!.alphaBarT, alphaBarAt(s)))));
  return everywhere ? Math.max(...errors) : errors.at(-1)!;
};

/** The slope of log error against log S, by least squares. */
const slopeOf = (sizes: readonly number[], errors: readonly number[]): number => {
  const [xs, ys] = [sizes.map(Math.log), errors.map(Math.log)];
  const [mx, my] = [xs, ys].map((values) => values.reduce((a, b) => a + b, 0) / values.length) as [number, number];
  return -xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i]! - my), 0) / xs.reduce((sum, x) => sum + (x - mx) ** 2, 0);
};
const sizes = [60, 120, 240];
/** Fourth order must be seen before rounding is. */
const sizesOf = (order: number): readonly number[] => (order === 4 ? [48, 96, 192] : sizes);
const isGraded = (name: string): boolean => !/pndm|plms|Singlestep/.test(name);

describe.each(Object.entries(deterministic))("%s on Gaussian data", (name, [planner, order]) => {
  const paths = sizesOf(order).map((S) => toMoves(stopsOf(S, isGraded(name))));
  const back = (path: readonly Move[]): readonly Move[] => {
    const graded = isGraded(name) ? toMoves(stopsOf(path.length - 4, true).map((t) => T + 1 - t)) : path;
    return isGraded(name) ? graded : encodingMoves(uniform, path, 0);
  };

  test(`converges to the flow with order ${order}, and so does the way from data to noise`, async () => {
    for (const way of [paths, paths.map(back)]) {
      const errors: number[] = [];
      for (const path of way) errors.push(await errorOf(planner, path, isGraded(name)));
      const slope = slopeOf(sizesOf(order), errors);
      expect(Math.abs(slope - order), `slope ${slope}, errors ${errors}`).toBeLessThan(0.3);
    }
  });

  test("encodes and decodes with no larger an error than the two ways have, which falls with that order", async () => {
    for (const path of paths) {
      const x0 = Float64Array.of(0.4, 0.9, -0.3);
      const up = back(path);
      const decoded = await sample(run(planner, path, await sample(run(planner, up, x0))));
      const error = largest(decoded.map((value, i) => value - x0[i]!));
      const ways = [await errorOf(planner, path, isGraded(name)), await errorOf(planner, up, isGraded(name))];
      expect(error).toBeGreaterThan(0);
      expect(error, `${ways}`).toBeLessThan(ways[0]! + ways[1]!);
    }
  });
});

/** Mean and variance at the end for Gaussian data: a run whose vectors hold the weights of 1, x_T and each noise. */
const momentsOf = async (planner: Planner, S: number): Promise<{ mean: number; variance: number }> => {
  const path = toMoves(stopsOf(S, false));
  const table = planner(uniform, path);
  const size = 2 + table.rows.length;
  const eps = exactEps(alphaBarAt);
  const denoiser: Denoiser<Float64Array> = async (x, t) => {
    const [constant, linear] = await Promise.all([eps(Float64Array.of(0), t), eps(Float64Array.of(1), t)]);
    return x.map((value, i) => value * (linear[0]! - constant[0]!) + (i === 0 ? constant[0]! : 0));
  };
  const start = new Float64Array(size);
  start[0] = Math.sqrt(alphaBarAt(T)) * mean;
  start[1] = Math.sqrt(spread(alphaBarAt(T)));
  let next = 2;
  const normal = () => new Float64Array(size).fill(1, next, ++next);
  const end = await sample({ table, denoiser, xT: start, space: { ...arraySpace(), normal }, key: key(0) });
  return { mean: end[0]!, variance: end.slice(1).reduce((sum, weight) => sum + weight * weight, 0) };
};

/** Orders of convergence in distribution; a singlestep method forgets what noise its stages have seen. */
const weakOrder = (name: string): number => (/Multistep [23]/.test(name) ? 2 : 1);

test.each(Object.entries(stochastic))("%s converges to the distribution of Gaussian data", async (name, planner) => {
  const ab = alphaBarAt(1);
  const errors: number[] = [];
  for (const S of sizes) {
    const got = await momentsOf(planner, S);
    expectNear(got.mean, Math.sqrt(ab) * mean, 1e-12);
    errors.push(Math.abs(got.variance - spread(ab)));
  }
  const slope = slopeOf(sizes, errors);
  // "sde-dpmsolver" of order 1 is seen to be better than its order
  if (/1 sde-dpmsolver /.test(name)) expect(slope).toBeGreaterThan(0.7);
  else expect(Math.abs(slope - weakOrder(name)), `slope ${slope}, errors ${errors}`).toBeLessThan(0.3);
});

describe("polynomials", () => {
  const path = toMoves(stopsOf(12, false));
  /** ∫ of the Lagrange polynomial that is 1 at the j-th of three rho over rho, in `variable`, by Simpson's rule. */
  const integral = (
    variable: (rho: number) => number,
    rhos: readonly number[],
    j: number,
    from: number,
    to: number,
  ) => {
    const at = (rho: number): number =>
      rhos.reduce(
        (product, other, i) =>
          i === j ? product : (product * (variable(rho) - variable(other))) / (variable(rhos[j]!) - variable(other)),
        1,
      );
    const n = 200;
    const step = (to - from) / n;
    return (
      all(n + 1).reduce((sum, i) => sum + (i % n === 0 ? 1 : 2 + 2 * (i % 2)) * at(from + i * step), 0) * (step / 3)
    );
  };

  test.each([
    ["logrho", Math.log],
    ["rho", (rho: number) => rho],
  ] as const)("deis integrates the polynomial in %s", (variable, f) => {
    const row = deis({ order: 3, variable })(uniform, path).rows[5]!;
    const rhos = [5, 4, 3].map((i) => noiseToSignal(path[i]!.alphaBarT));
    const scale = Math.sqrt(row.alphaBarS);
    rhos.forEach((from, j) => {
      const want = scale * integral(f, rhos, j, rhos[0]!, noiseToSignal(row.alphaBarS));
      expectNear(row.eps[j]!, want, 1e-8, scale * from);
    });
  });

  test("deis in logrho is dpmSolverMultistep's dpmsolver with exact integrals", () => {
    const common = { order: 3, lowerOrderFinal: true } as const;
    expect(deis(common)(uniform, path).rows).toEqual(
      dpmSolverMultistep({ ...common, algorithm: "dpmsolver", solver: "heun", curvature: "full" })(uniform, path).rows,
    );
  });

  test("ipndm takes ddim's move with the weights of Adams and Bashforth", () => {
    const { rows } = ipndm()(uniform, path);
    const ofEps = ipndm({ order: 1 })(uniform, path).rows.map((row) => row.eps[0]!);
    [[1], [3 / 2, -1 / 2], [23 / 12, -4 / 3, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -3 / 8]].forEach((weights, i) =>
      rows[i]!.eps.forEach((c, j) => expectNear(c, ofEps[i]! * weights[j]!)),
    );
    expect(rows.map((row) => row.eps.length)).toEqual([1, 2, 3, ...new Array<number>(9).fill(4)]);
  });
});

describe("evaluations", () => {
  const schedule = linear();
  const tau = linearTau(1000, 12);
  const times = (planner: Planner): (number | null)[] => planner(schedule, tau).rows.map(({ time }) => time);
  const stops = [...tau].reverse();

  test("one per move of every multistep method, and of singlestep methods that stay on the stops", () => {
    for (const planner of [dpmSolverMultistep({ order: 3 }), unipc({ order: 3 }), deis({ order: 3 }), ipndm()])
      expect(times(planner)).toEqual(stops);
    expect(times(dpmSolverSinglestep({ order: 3 }))).toEqual(stops);
  });

  test("`order` per move of singlestep methods with stages between the stops, but one in the last", () => {
    const got = times(dpmSolverSinglestep({ order: 3, stages: "between" }));
    expect(got.length).toBe(11 * 3 + 1);
    expect(got.filter((_, i) => i % 3 === 0)).toEqual(stops);
    got.slice(1).forEach((time, i) => expect(time).toBeLessThan(got[i]!));
  });

  test("one more of plms; of pndm 12 for three moves, half-way ones at an index", () => {
    expect(times(plms())).toEqual([stops[0], stops[1], ...stops.slice(1)]);
    const [a, b, c, d] = stops as [number, number, number, number];
    const mid = (t: number, s: number): number => t - Math.floor((t - s) / 2);
    expect(times(pndm())).toEqual([
      ...[a, mid(a, b), mid(a, b), b, b, mid(b, c), mid(b, c), c, c, mid(c, d), mid(c, d), d],
      ...stops.slice(3),
    ]);
  });
});

/** Runs of one exact network for Gaussian data that says what it knows in different words. */
describe("predictions", () => {
  const zero = rescaleZeroTerminalSnr(linear());
  const says = (schedule: Schedule, prediction: Prediction): Denoiser<Float64Array> => {
    return (x, t) => {
      const ab = schedule.alphaBar[t]!;
      return x.map((value) => {
        const score = -(value - Math.sqrt(ab) * mean) / spread(ab);
        const eps = -Math.sqrt(1 - ab) * score;
        const x0 = mean + (Math.sqrt(ab) * variance * (value - Math.sqrt(ab) * mean)) / spread(ab);
        if (prediction === "v") return Math.sqrt(ab) * eps - Math.sqrt(1 - ab) * x0;
        return { score, eps, x0 }[prediction];
      });
    };
  };
  const end = (planner: Planner, schedule: Schedule, prediction: Prediction, more: object = {}) =>
    sample({
      table: planner(schedule, linearTau(1000, 10)),
      denoiser: says(schedule, prediction),
      ...{ prediction, xT, space: arraySpace(), key: key(3), ...more },
    });
  const some: Record<string, Planner> = {
    dpmSolverMultistep: dpmSolverMultistep({ order: 3 }),
    "dpmSolverMultistep, eps": dpmSolverMultistep({ order: 3, algorithm: "dpmsolver" }),
    "dpmSolverMultistep, noise": dpmSolverMultistep({ algorithm: "sde-dpmsolver++" }),
    dpmSolverSinglestep: dpmSolverSinglestep({ order: 3 }),
    "dpmSolverSinglestep, noise": dpmSolverSinglestep({ order: 3, algorithm: "sde-dpmsolver++" }),
    unipc: unipc({ order: 3 }),
    "unipc, eps": unipc({ order: 3, predict: "eps" }),
    deis: deis({ order: 3 }),
    ipndm: ipndm(),
  };

  test.each(Object.entries({ ...some, plms: plms(), pndm: pndm() }))("%s ends in the same x", async (_, planner) => {
    const want = await end(planner, linear(), "eps");
    for (const prediction of ["x0", "v", "score"] as const)
      (await end(planner, linear(), prediction)).forEach((value, i) => expectNear(value, want[i]!, 1e-9, 10));
  });

  test.each(Object.entries(some))("%s starts without any signal, with v but not with eps", async (_, planner) => {
    const got = await end(planner, zero, "v");
    // the data are within a few deviations of their mean
    got.forEach((value) => expect(Math.abs(value - mean)).toBeLessThan(4 * Math.sqrt(variance)));
    await expect(end(planner, zero, "eps")).rejects.toThrow(/"eps" does not determine x0/);
  });

  test.each(Object.entries({ plms: plms(), pndm: pndm() }))("%s does not", (_, planner) => {
    expect(() => planner(zero, linearTau(1000, 10))).toThrow(/alphaBar must be > 0.*take ipndm/);
  });

  test.each(Object.entries(some))(
    "%s clips x0 if that is what it integrates, and refuses if not",
    async (name, planner) => {
      const clipped = end(planner, linear(), "eps", { mapX0: clipX0(0.8) });
      if (/eps|deis|ipndm/.test(name)) return expect(clipped).rejects.toThrow(/mapX0 has no effect/);
      const free = await end(planner, linear(), "eps");
      (await clipped).forEach((value) => expect(Math.abs(value)).toBeLessThanOrEqual(0.8));
      expect(largest(free)).toBeGreaterThan(0.8);
    },
  );
});

describe("what cannot be is a RangeError", () => {
  const schedule = linear();
  const apart = [
    { t: 900, s: 500, alphaBarT: schedule.alphaBar[900]!, alphaBarS: schedule.alphaBar[500]! },
    { t: 400, s: 0, alphaBarT: schedule.alphaBar[400]!, alphaBarS: 1 },
  ];

  test("an option that is none of the choices", () => {
    expect(() => dpmSolverMultistep({ order: 4 as never })).toThrow(/Multistep: order must be one of 1, 2, 3, got 4/);
    expect(() => dpmSolverMultistep({ algorithm: "dpm" as never })).toThrow(/algorithm must be one of .*got "dpm"/);
    expect(() => dpmSolverMultistep({ solver: "euler" as never })).toThrow(/solver must be/);
    expect(() => dpmSolverMultistep({ curvature: "none" as never })).toThrow(/curvature must be/);
    expect(() => dpmSolverSinglestep({ order: 0 as never })).toThrow(/Singlestep: order must be/);
    expect(() => dpmSolverSinglestep({ algorithm: "sde-dpmsolver" as never })).toThrow(/algorithm must be/);
    expect(() => dpmSolverSinglestep({ solver: "rk" as never })).toThrow(/solver must be/);
    expect(() => dpmSolverSinglestep({ stages: "all" as never })).toThrow(/stages must be/);
    expect(() => unipc({ order: 5 as never })).toThrow(/unipc: order must be/);
    expect(() => unipc({ variant: "bh3" as never })).toThrow(/variant must be/);
    expect(() => unipc({ predict: "v" as never })).toThrow(/predict must be/);
    expect(() => unipc({ disableCorrector: [-1] })).toThrow(/disableCorrector must list.*got -1/);
    expect(() => deis({ order: 4 as never })).toThrow(/deis: order must be/);
    expect(() => deis({ variable: "lambda" as never })).toThrow(/variable must be/);
    expect(() => ipndm({ order: 5 as never })).toThrow(/ipndm: order must be one of 1, 2, 3, 4, got 5/);
  });

  test("noise on a way to more noise", () => {
    const up = encodingMoves(schedule, [100, 500], 1);
    for (const planner of Object.values(stochastic))
      expect(() => planner(schedule, up)).toThrow(/adds noise, so its moves/);
  });

  test("moves that do not join, where a move needs the state of the one before", () => {
    expect(() => unipc()(schedule, apart)).toThrow(/unipc: move 1 must start at alphaBar/);
    expect(() => dpmSolverSinglestep()(schedule, apart)).toThrow(/dpmSolverSinglestep: move 1 must start at alphaBar/);
    expect(dpmSolverMultistep()(schedule, apart).rows.length).toBe(2);
  });

  test("a Runge-Kutta step of pndm whose middle a schedule does not have", () => {
    const path = moves(
      schedule,
      everyT(schedule.T).filter((t) => t % 100 === 50),
    );
    expect(pndm()(schedule, path).rows.length).toBe(10 + 9);
    const shifted = (by: number) => path.map((move) => ({ ...move, t: move.t + by, s: move.s + by }));
    expect(pndm()(schedule, shifted(0.5)).rows[1]!.t).toBe(900.5);
    expect(() => pndm()(schedule, shifted(200))).toThrow(/pndm: there must be an index in 1..1000 half-way/);
  });
});

test("deis in t weighs each eps by the integral over rho of its Lagrange polynomial in t, down to clean data", () => {
  const schedule = linear({ T: 1000 });
  const ratio = (t: number): number => {
    const below = Math.floor(t);
    const [a, b] = [noiseToSignal(schedule.alphaBar[below]!), noiseToSignal(schedule.alphaBar[below + 1] ?? 0)];
    return t === below ? a : below === 0 ? b * t : a * (b / a) ** (t - below);
  };
  const parts = 50; // of each index
  const { rows } = deis({ order: 3, variable: "t", lowerOrderFinal: false })(schedule, [100, 300, 600, 1000]);
  for (const { t, s, alphaBarS, eps } of rows.slice(2)) {
    const nodes = [t, ...[300, 600, 1000].filter((node) => node > t)].slice(0, 3);
    nodes.forEach((node, j) => {
      const others = nodes.filter((_, i) => i !== j);
      let integral = 0;
      for (let i = 0; i < (t - s) * parts; i++) {
        const [from, to] = [t - i / parts, t - (i + 1) / parts];
        const basis = others.reduce((product, other) => (product * ((from + to) / 2 - other)) / (node - other), 1);
        integral += basis * (ratio(to) - ratio(from));
      }
      expectNear(eps[j]!, Math.sqrt(alphaBarS) * integral, 1e-7, 1);
    });
  }
  expect(rows[3]!.s).toBe(0);
});
