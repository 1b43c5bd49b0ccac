import { foldIn, key, normal, uniform, type Key } from "@nonmarkov/random";
import { arraySpace, fromSigmas, trajectory, type Denoiser, type Table } from "@nonmarkov/samplers";
import { forwardKernel, linear, maxSigma, sigmaEta } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { chiSquareTest, correlationTest, kolmogorovSmirnovTest, normalCdf } from "./statistics.ts";

/**
 * Simulations with fixed keys: a run either passes for ever or never does. Were the statement true and the key new, one
 * of the comparisons of this file would fail with a probability below 0.001 (Bonferroni), under a false statement they
 * fail as good as surely: that is tested as well, with wrong chains.
 */
const N = 20_000;
const schedule = linear({ T: 10, betaStart: 0.05, betaEnd: 0.4 });
const tau = [1, 2, 4, 5, 8, 10];
const moves = tau.map((t, i) => ({ t, s: [0, ...tau][i]! })).reverse();

/** Data that are far from Gaussian: 0.3·N(-1, 0.1²) + 0.7·N(1, 0.3²). */
const weights = [0.3, 0.7];
const means = [-1, 1];
const deviations = [0.1, 0.3];
const data = (k: Key): Float64Array => {
  const which = uniform(foldIn(k, 0), N);
  const z = normal(foldIn(k, 1), N);
  return z.map((value, i) => {
    const c = which[i]! < weights[0]! ? 0 : 1;
    return means[c]! + deviations[c]! * value;
  });
};
/** The marginal of x_t over the data: a mixture again. */
const marginalCdf = (ab: number) => (x: number) =>
  weights.reduce(
    (sum, w, c) => sum + w * normalCdf((x - Math.sqrt(ab) * means[c]!) / Math.sqrt(ab * deviations[c]! ** 2 + 1 - ab)),
    0,
  );

const families: Record<string, readonly number[]> = {
  "sigma = 0, all but deterministic": moves.map(() => 0),
  "eta = 0.5": moves.map(({ t, s }) => sigmaEta(schedule.alphaBar[t]!, schedule.alphaBar[s]!, 0.5)),
  "eta = 1, the Markovian member": moves.map(({ t, s }) => sigmaEta(schedule.alphaBar[t]!, schedule.alphaBar[s]!, 1)),
  "the largest sigma, where x_s is drawn anew": moves.map(({ s }) => maxSigma(schedule.alphaBar[s]!)),
  "a mixture of all": moves.map(({ s }, i) => [0, 1, 0.3, 0.8, 0, 0.5][i]! * maxSigma(schedule.alphaBar[s]!)),
};

/** Three comparisons at every stop of every family, forwards and backwards. */
const LEVEL = 0.001 / (3 * (tau.length - 1) * Object.keys(families).length * 2);

type Stop = { readonly t: number; readonly x: Float64Array };
/** The smallest p-value over the stops: noise given x0 is N(0, 1), it does not depend on x0, and x_t has its density. */
const smallestP = (x0: Float64Array, stops: readonly Stop[]): number =>
  Math.min(
    ...stops.flatMap(({ t, x }) => {
      const ab = schedule.alphaBar[t]!;
      const noise = x.map((value, i) => (value - Math.sqrt(ab) * x0[i]!) / Math.sqrt(1 - ab));
      return [
        kolmogorovSmirnovTest(noise, normalCdf),
        correlationTest(noise, x0),
        chiSquareTest(x, marginalCdf(ab), 40),
      ];
    }),
  );

/** Runs the executor with the network that knows x0: then the table is the chain q(x_s | x_t, x0) itself. */
const backwards = async (table: Table, x0: Float64Array, k: Key): Promise<Stop[]> => {
  const oracle: Denoiser<Float64Array> = (x, t) => {
    const ab = schedule.alphaBar[t]!;
    return x.map((value, i) => (value - Math.sqrt(ab) * x0[i]!) / Math.sqrt(1 - ab));
  };
  const ab = schedule.alphaBar[10]!;
  const z = normal(foldIn(k, 0), N);
  const xT = x0.map((value, i) => Math.sqrt(ab) * value + Math.sqrt(1 - ab) * z[i]!);
  const stops: Stop[] = [];
  for await (const { s, x } of trajectory({
    table,
    denoiser: oracle,
    xT,
    space: arraySpace({ rows: N }),
    key: foldIn(k, 1),
  }))
    if (s > 0) stops.push({ t: s, x: Float64Array.from(x) });
  return stops;
};

/** Draws x_1 ~ q(x_1|x0), then upwards by the kernel (8), which looks at x0 as well. */
const forwards = (sigmas: readonly number[], x0: Float64Array, k: Key): Stop[] => {
  const first = schedule.alphaBar[1]!;
  const z0 = normal(foldIn(k, 0), N);
  let x = x0.map((value, i) => Math.sqrt(first) * value + Math.sqrt(1 - first) * z0[i]!);
  return [...moves.entries()]
    .reverse()
    .slice(1)
    .map(([i, { t, s }]) => {
      const { x0Coef, xsCoef, sigma } = forwardKernel(schedule, { t, s, sigma: sigmas[i]! });
      const z = normal(foldIn(k, t), N);
      x = x.map((value, j) => x0Coef * x0[j]! + xsCoef * value + sigma * z[j]!);
      return { t, x };
    });
};

describe.each(Object.entries(families))("simulated with %s", (name, sigmas) => {
  const own = foldIn(key(2010), Object.keys(families).indexOf(name));
  const x0 = data(foldIn(own, 0));

  test("Lemma 1: the chain (7) from x_T has the marginals q(x_t|x0) and q(x_t), by KS, chi-square and correlation, 0.999 in all", async () => {
    const stops = await backwards(fromSigmas(sigmas)(schedule, tau), x0, foldIn(own, 1));
    expect(stops.map(({ t }) => t)).toEqual([8, 5, 4, 2, 1]);
    expect(smallestP(x0, stops)).toBeGreaterThan(LEVEL);
  });

  test("Lemma 1, (8): the non-Markovian forward process from x_0 has them too", () => {
    const stops = forwards(sigmas, x0, foldIn(own, 2));
    expect(stops.map(({ t }) => t)).toEqual([2, 4, 5, 8, 10]);
    expect(smallestP(x0, stops)).toBeGreaterThan(LEVEL);
  });
});

describe("these comparisons have the power to see a chain that is only a little wrong", () => {
  const sigmas = families["a mixture of all"]!;
  const right = fromSigmas(sigmas)(schedule, tau);
  const x0 = data(key(5));
  const wrong: Record<string, (row: Table["rows"][number]) => Partial<Table["rows"][number]>> = {
    "5 % more noise": ({ sigma }) => ({ sigma: 1.05 * sigma }),
    "5 % too little of eps": ({ eps }) => ({ eps: [0.95 * eps[0]!] }),
    "5 % too little of x0": ({ x0: [c] }) => ({ x0: [0.95 * c!] }),
    "no noise": () => ({ sigma: 0 }),
    "noise that was not taken from eps": ({ alphaBarS }) => ({ eps: [Math.sqrt(1 - alphaBarS)] }),
    "x0 in place of √a_s·x0": () => ({ x0: [1] }),
  };
  test.each(Object.entries(wrong))("%s is refused", async (_, change) => {
    const table = { name: "wrong", rows: right.rows.map((row) => ({ ...row, ...change(row) })) };
    expect(smallestP(x0, await backwards(table, x0, key(6)))).toBeLessThan(LEVEL);
  });

  test("and the same data and keys with the right chain are not", async () => {
    expect(smallestP(x0, await backwards(right, x0, key(6)))).toBeGreaterThan(LEVEL);
  });
});
