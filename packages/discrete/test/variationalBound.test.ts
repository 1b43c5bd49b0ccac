import {
  atIndex,
  discreteDdim,
  implicit,
  independent,
  marginal,
  multinomial,
  posteriorKl,
  priorKl,
  variationalBound,
} from "@nonmarkov/discrete";
import { key, uniform } from "@nonmarkov/random";
import { cosine, everyT } from "@nonmarkov/schedule";
import { expect, test } from "vitest";

const classes = 3;
const data = [0.7, 0.2, 0.1];
const schedule = cosine({ T: 10 });
const { x0: exact } = independent([data]);
const denoiser = atIndex(exact, schedule.alphaBar);
const n = 20_000;
const x0 = Int32Array.from(uniform(key(1), n), (u) => (u < 0.7 ? 0 : u < 0.9 ? 1 : 2));
const all = [0, 1, 2];
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

test("each term has the expectation that is summed over all classes, and in all it is the entropy or more", async () => {
  for (const planner of [implicit(), discreteDdim({ eta: 1 }), multinomial({ classes })]) {
    const table = planner(schedule, everyT(10));
    const { prior, terms, total } = await variationalBound(x0, { table, denoiser, rows: n, classes, key: key(2) });
    expect(terms.length).toBe(10);
    terms.forEach((term, i) => {
      const row = table.rows[i]!;
      const q = marginal(row.alphaBarT, classes);
      const kl = posteriorKl(row, classes);
      const values = all.flatMap((xt) =>
        all.map((clean) => ({
          weight: data[clean]! * q(xt, clean),
          value: kl(xt, clean, exact(Int32Array.of(xt), row.alphaBarT)) / Math.LN2,
        })),
      );
      const want = sum(values.map(({ weight, value }) => weight * value));
      const variance = sum(values.map(({ weight, value }) => weight * (value - want) ** 2));
      expect(Math.abs(term - want)).toBeLessThan(5 * Math.sqrt(variance / n) + 1e-12);
    });
    expect(total).toBeCloseTo(prior + sum(terms), 12);
    const entropy = -sum(data.map((p) => p * Math.log2(p)));
    expect(total).toBeGreaterThan(entropy - 0.03);
    if (planner(schedule, [1]).name.startsWith("multinomial")) expect(total).toBeLessThan(entropy + 0.03);
  }
});

test("a denoiser that knows nothing pays log2 K for the last move", async () => {
  const table = implicit()(schedule, everyT(10));
  const ignorant = (x: Int32Array) => new Float64Array(x.length * classes).fill(1 / classes);
  const { terms } = await variationalBound(x0, { table, denoiser: ignorant, rows: n, classes, key: key(2) });
  expect(terms.at(-1)).toBeCloseTo(Math.log2(classes), 12);
});

test("the prior's term is the KL summed by hand: 0 without signal, log K with nothing else", () => {
  for (const k of [2, 5])
    for (const alphaBar of [1e-3, 0.1, 0.5, 0.99]) {
      const q = marginal(alphaBar, k);
      const want = sum(Array.from({ length: k }, (_, c) => q(c, 0) * Math.log(k * q(c, 0))));
      expect(priorKl(alphaBar, k)).toBeCloseTo(want, 14);
    }
  expect(priorKl(0, 4)).toBe(0);
  expect(priorKl(1, 4)).toBeCloseTo(Math.log(4), 15);
  const tiny = 1e-7; // where the leading terms cancel: (K - 1) alphaBar²/2
  expect(priorKl(tiny, 4) / ((3 * tiny ** 2) / 2)).toBeCloseTo(1, 2);
});

test("data that are no rows of classes are refused", async () => {
  const table = implicit()(schedule, [10]);
  const of = (x: Int32Array, rows: number) => variationalBound(x, { table, denoiser, rows, classes, key: key(1) });
  await expect(of(x0, 3)).rejects.toThrow(/x0 must be 3 equal rows/);
  await expect(of(Int32Array.of(3), 1)).rejects.toThrow(/x0\[0\] must be a class in 0\.\.2, got 3; /);
});
