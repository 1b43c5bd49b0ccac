import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { golden } from "../../../test/golden.ts";
import {
  alphaBarAt,
  alphaBarFromNoiseToSignal,
  betaGrid,
  cosine,
  exponentialGrid,
  fromAlphaBar,
  indexAt,
  karrasGrid,
  linear,
  logLinearGrid,
  logSnr,
  noiseToSignal,
  rescaleZeroTerminalSnr,
  scaledLinear,
  type Schedule,
} from "../src/index.ts";
import { schedules } from "./arbitraries.ts";

const near = (got: number, want: number, rel: number): void =>
  expect(Math.abs(got - want), `${got} near ${want}`).toBeLessThanOrEqual(rel * Math.abs(want));

describe("indexAt and alphaBarAt", () => {
  test("at the indices of any schedule each gives the schedule's own", () =>
    fc.assert(
      fc.property(schedules, (schedule) => {
        schedule.alphaBar.forEach((ab, t) => {
          expect(indexAt(schedule, ab)).toBe(schedule.alphaBar.indexOf(ab));
          for (const interpolate of ["sigma", "log-sigma"] as const)
            expect(alphaBarAt(schedule, t, { interpolate })).toBe(ab);
        });
      }),
    ));

  test("between them indexAt is the inverse of alphaBarAt, and rises with the noise", () =>
    fc.assert(
      fc.property(
        schedules,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 5 }),
        fc.nat(),
        (schedule, parts, pick) => {
          const { alphaBar } = schedule;
          const T = alphaBar.findLastIndex((ab) => ab > 0);
          fc.pre(T > 1);
          const t = 1 + (pick % (T - 1));
          const [abLess, ab] = [alphaBar[t]!, alphaBar[t + 1]!];
          // of equal levels indexAt takes the first
          fc.pre(abLess < alphaBar[t - 1]! && ab < abLess);
          const logs = parts
            .toSorted((a, b) => a - b)
            .map((part) => {
              const between = alphaBarAt(schedule, t + part);
              expect(between).toBeLessThanOrEqual(abLess);
              expect(between).toBeGreaterThanOrEqual(ab * (1 - 1e-15));
              // linear in log sigma
              const want = (1 - part) * logSnr(abLess) + part * logSnr(ab);
              // what the rounding of alphaBar makes of its logSnr
              const rounding = 4e-16 / (1 - abLess);
              expect(Math.abs(logSnr(between) - want)).toBeLessThan(rounding + 1e-13 * (1 + Math.abs(want)));
              const way = Math.log1p((abLess - ab) / (1 - abLess) / ab);
              expect(Math.abs(indexAt(schedule, between) - (t + part))).toBeLessThan(1e-12 + rounding / way);
              return indexAt(schedule, between);
            });
          logs.slice(1).forEach((index, i) => expect(index).toBeGreaterThanOrEqual(logs[i]! - 1e-12));
        },
      ),
    ));

  test("sigma can be linear in t instead, also below the first index", () => {
    const schedule = linear();
    const sigma = (t: number) => noiseToSignal(schedule.alphaBar[t]!);
    const at = (t: number) => noiseToSignal(alphaBarAt(schedule, t, { interpolate: "sigma" }));
    near(at(750.25), 0.75 * sigma(750) + 0.25 * sigma(751), 1e-13);
    near(at(0.5), 0.5 * sigma(1), 1e-11);
    near(noiseToSignal(alphaBarAt(schedule, 750.5)), Math.sqrt(sigma(750) * sigma(751)), 1e-13);
  });

  test("levels that no index has get the index of the nearest that has been trained", () => {
    const schedule = fromAlphaBar([1, 0.9, 0.5, 0.5, 0.1]);
    expect(indexAt(schedule, 1)).toBe(0);
    expect(indexAt(schedule, 0.99)).toBe(2);
    expect(indexAt(schedule, 0.5)).toBe(3);
    expect(indexAt(schedule, 0.45)).toBeGreaterThan(4);
    expect(indexAt(schedule, 0.45)).toBeLessThan(4.2);
    for (const ab of [0.1, 0.05, 0]) expect(indexAt(schedule, ab)).toBe(5);
    const zero = fromAlphaBar([0.9, 0.1, 0]);
    expect([0.05, 1e-300, 0].map((ab) => indexAt(zero, ab))).toEqual([2, 2, 3]);
    expect(indexAt(fromAlphaBar([0]), 0.5)).toBe(1);
  });

  test("where nothing is determined between two indices alphaBarAt is a RangeError; between equals it is theirs", () => {
    const schedule = fromAlphaBar([1, 0.9, 0.5, 0.5, 0]);
    expect([0.5, 3.5].map((t) => alphaBarAt(schedule, t))).toEqual([1, 0.5]);
    expect(() => alphaBarAt(schedule, 1.5)).toThrow(/nothing is determined between t = 1 and 2, got 1.5/);
    for (const interpolate of ["sigma", "log-sigma"] as const)
      expect(() => alphaBarAt(schedule, 4.5, { interpolate })).toThrow(RangeError);
    expect(alphaBarAt(schedule, 1.5, { interpolate: "sigma" })).toBeGreaterThan(0.9);
  });

  test("what is no index and no signal level is a RangeError", () => {
    const schedule = linear({ T: 10 });
    for (const t of [-0.1, 10.1, NaN]) expect(() => alphaBarAt(schedule, t)).toThrow(/t must be in 0..T = 10, got/);
    for (const ab of [-0.1, 1.1, NaN]) expect(() => indexAt(schedule, ab)).toThrow(/alphaBar must be in 0..1, got/);
    expect(() => alphaBarAt(schedule, 1, { interpolate: "t" as never })).toThrow(/"sigma" or "log-sigma", got "t"/);
  });
});

type Grid = (schedule: Schedule, S: number, range?: { sigmaMin?: number; sigmaMax?: number }) => number[];
const grids: Record<string, Grid> = { karrasGrid, exponentialGrid, betaGrid };

/** A range of levels, and how many: down to a ratio of 1.001. */
const ranges = fc.record({
  S: fc.integer({ min: 2, max: 60 }),
  sigmaMin: fc.double({ min: -6, max: 2, noNaN: true }).map((e) => 10 ** e),
  ratio: fc.double({ min: 1e-3, max: 12, noNaN: true }).map(Math.exp),
});

describe.each(Object.entries(grids))("%s", (name, grid) => {
  test("falls strictly from sigmaMax to sigmaMin, and meets both exactly", () =>
    fc.assert(
      fc.property(ranges, ({ S, sigmaMin, ratio }) => {
        const sigmaMax = sigmaMin * ratio;
        const levels = grid(linear({ T: 3 }), S, { sigmaMin, sigmaMax });
        expect([levels.length, levels[0], levels.at(-1)]).toEqual([S, sigmaMax, sigmaMin]);
        levels.slice(1).forEach((level, i) => expect(level).toBeLessThan(levels[i]!));
      }),
    ));

  test("takes the schedule's own range where none is given, and its noisiest level alone for S = 1", () => {
    const schedule = scaledLinear();
    const [min, max] = [1, 1000].map((t) => noiseToSignal(schedule.alphaBar[t]!));
    const levels = grid(schedule, 7);
    expect([levels[0], levels.at(-1)]).toEqual([max, min]);
    expect(grid(schedule, 1)).toEqual([max]);
    expect(grid(fromAlphaBar([0.5]), 1)).toEqual([1]);
  });

  test("refuses ranges that are empty, turned round, or reach to no noise or to nothing but noise", () => {
    const schedule = linear();
    for (const S of [0, -1, 2.5, NaN]) expect(() => grid(schedule, S)).toThrow(`${name}: S must be an integer >= 1`);
    for (const sigmaMin of [0, -1, NaN, 2, 3])
      expect(() => grid(schedule, 4, { sigmaMin, sigmaMax: 2 })).toThrow(`${name}: sigmaMin must be above 0 and below`);
    for (const S of [1, 4])
      expect(() => grid(rescaleZeroTerminalSnr(schedule), S)).toThrow(`${name}: sigmaMax must be finite, got Infinity`);
    expect(grid(rescaleZeroTerminalSnr(schedule), 4, { sigmaMax: 80 })[0]).toBe(80);
    expect(() => grid(fromAlphaBar([1, 0.5]), 3)).toThrow(RangeError);
    expect(() => grid(fromAlphaBar([0.5]), 2)).toThrow(RangeError);
  });
});

test("karrasGrid has equidistant 1/rho-th powers: rho = 1 is uniform in sigma, a large rho tends to exponentialGrid", () =>
  fc.assert(
    fc.property(ranges, fc.double({ min: 0.5, max: 12, noNaN: true }), ({ S, sigmaMin, ratio }, rho) => {
      const range = { sigmaMin, sigmaMax: sigmaMin * ratio };
      const schedule = linear({ T: 3 });
      const powers = karrasGrid(schedule, S, { ...range, rho }).map((sigma) => sigma ** (1 / rho));
      const step = (powers.at(-1)! - powers[0]!) / (S - 1);
      powers.forEach((power, i) => expect(Math.abs(power - powers[0]! - i * step)).toBeLessThan(1e-13 * powers[0]!));
      const uniform = karrasGrid(schedule, S, { ...range, rho: 1 });
      uniform.forEach((sigma, i) =>
        near(sigma, range.sigmaMax - (i / (S - 1)) * (range.sigmaMax - sigmaMin), 1e-13 * ratio),
      );
      const geometric = exponentialGrid(schedule, S, range);
      karrasGrid(schedule, S, { ...range, rho: 1e7 }).forEach((sigma, i) => near(sigma, geometric[i]!, 1e-4));
      expect(karrasGrid(schedule, S, range)).toEqual(karrasGrid(schedule, S, { ...range, rho: 7 }));
    }),
  ));

test("karrasGrid refuses a rho that is not positive and finite", () => {
  for (const rho of [0, -1, Infinity, NaN])
    expect(() => karrasGrid(linear(), 3, { rho })).toThrow(/karrasGrid: rho must be above 0 and finite/);
});

test("exponentialGrid is uniform in logSnr", () =>
  fc.assert(
    fc.property(ranges, ({ S, sigmaMin, ratio }) => {
      const logs = exponentialGrid(linear({ T: 3 }), S, { sigmaMin, sigmaMax: sigmaMin * ratio }).map(Math.log);
      logs.forEach((log, i) => {
        const want = logs[0]! + (i / (S - 1)) * (logs.at(-1)! - logs[0]!);
        expect(Math.abs(log - want)).toBeLessThan(1e-13 * (1 + Math.abs(logs[0]!) + Math.abs(logs.at(-1)!)));
      });
    }),
  ));

describe("betaGrid", () => {
  const range = { sigmaMin: 1, sigmaMax: 2 };
  const fractions = (S: number, alpha: number, beta: number): number[] =>
    betaGrid(linear(), S, { ...range, alpha, beta }).map((sigma) => sigma - 1);

  test("has the distribution's quantiles where they are known in closed form", () => {
    for (const S of [2, 3, 8, 33])
      for (let i = 0; i < S; i++) {
        const p = 1 - i / (S - 1);
        // uniform, arcsine, powers
        expect(fractions(S, 1, 1)[i]).toBeCloseTo(p, 13);
        expect(fractions(S, 0.5, 0.5)[i]).toBeCloseTo(Math.sin((Math.PI * p) / 2) ** 2, 13);
        expect(fractions(S, 3, 1)[i]).toBeCloseTo(p ** (1 / 3), 13);
        expect(fractions(S, 1, 40)[i]).toBeCloseTo(1 - (1 - p) ** (1 / 40), 13);
      }
  });

  test("is turned round when its parameters are exchanged", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 30 }),
        fc.double({ min: 0.1, max: 30, noNaN: true }),
        fc.double({ min: 0.1, max: 30, noNaN: true }),
        (S, alpha, beta) => {
          const turned = fractions(S, beta, alpha).reverse();
          fractions(S, alpha, beta).forEach((x, i) => expect(x).toBeCloseTo(1 - turned[i]!, 12));
        },
      ),
      { numRuns: 50 },
    ));

  test("refuses parameters outside (0, 100]", () => {
    for (const bad of [0, -1, 101, NaN]) {
      expect(() => fractions(3, bad, 1)).toThrow(/betaGrid: alpha must be in \(0, 100\], got/);
      expect(() => fractions(3, 1, bad)).toThrow(/betaGrid: beta must be in/);
    }
  });
});

describe("logLinearGrid", () => {
  const list = [14.6, 6.5, 3.9, 1.4, 0.4, 0.03];

  test("of as many levels as the list it is the list, of others it has the list's ends and lies on its broken line", () => {
    expect(logLinearGrid(list, 6)).toEqual(list);
    expect(logLinearGrid(list, 1)).toEqual([14.6]);
    expect(logLinearGrid([2], 1)).toEqual([2]);
    for (const S of [2, 5, 11, 40]) {
      const levels = logLinearGrid(list, S);
      expect([levels.length, levels[0], levels.at(-1)]).toEqual([S, 14.6, 0.03]);
      levels.slice(1).forEach((level, i) => expect(level).toBeLessThan(levels[i]!));
    }
    const finer = logLinearGrid(list, 11);
    list.forEach((sigma, i) => near(finer[2 * i]!, sigma, 1e-15));
    list.slice(1).forEach((sigma, i) => near(finer[2 * i + 1]!, Math.sqrt(sigma * list[i]!), 1e-14));
  });

  test("refuses lists that do not fall above 0, or are too short", () => {
    for (const bad of [[2, 1, 0], [2, 2], [1, 2], [2, NaN], [Infinity, 1], []])
      expect(() => logLinearGrid(bad, 3)).toThrow(RangeError);
    expect(() => logLinearGrid([2], 2)).toThrow(/sigmas must have 2 entries or more, got 1/);
    expect(() => logLinearGrid([2, 1], 0)).toThrow(/S must be/);
  });
});

type Case = {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly num_inference_steps: number;
  readonly sigmas?: readonly number[];
  readonly timesteps?: readonly number[];
};
const file = golden("solvers.json");
const cases = file.missing ? [] : file.load<{ cases: readonly Case[] }>().cases;
const gridOf = ({ config }: Case): Grid | undefined => {
  if (config["use_karras_sigmas"] === true) return karrasGrid;
  if (config["use_beta_sigmas"] === true) return betaGrid;
  return config["use_exponential_sigmas"] === true || config["use_lu_lambdas"] === true ? exponentialGrid : undefined;
};
const onGrids = cases.filter((c) => c.sigmas !== undefined && gridOf(c) !== undefined);

describe.skipIf(file.missing)(`golden solvers.json, grids${file.missing}`, () => {
  test.each(onGrids.map((c) => [c.name, c] as const))("%s: levels and indices", (_, c) => {
    const { beta_schedule, beta_start, beta_end, num_train_timesteps } = c.config;
    const schedule =
      beta_schedule === "squaredcos_cap_v2"
        ? cosine()
        : scaledLinear({
            T: num_train_timesteps as number,
            betaStart: beta_start as number,
            betaEnd: beta_end as number,
          });
    const S = c.num_inference_steps;
    // Heun's lists name all but the first twice
    const once = (list: readonly number[]): readonly number[] =>
      c.name.startsWith("heun") ? list.filter((_, i) => i === 0 || i % 2 === 1) : list;
    const [levels, indices] = [once(c.sigmas!), once(c.timesteps!)];
    const grid = gridOf(c)!(schedule, S);
    expect([levels.length, indices.length, grid.length]).toEqual([S + 1, S, S]);
    grid.forEach((sigma, i) => {
      near(sigma, levels[i]!, 1e-10);
      const t = indexAt(schedule, alphaBarFromNoiseToSignal(levels[i]!)) - 1;
      // multistep schedulers round the index, or drop its fraction
      expect(Math.abs(t - indices[i]!)).toBeLessThan(Number.isInteger(indices[i]) ? 1 : 1e-9);
    });
  });

  test("cases of every kind of grid were read", () =>
    expect(new Set(onGrids.map((c) => gridOf(c)))).toEqual(new Set([karrasGrid, betaGrid, exponentialGrid])));
});
