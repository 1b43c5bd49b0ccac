import { key, normal } from "@nonmarkov/random";
import { arrayHalves, arraySpace, ddpm, learnedVariance, sample } from "@nonmarkov/samplers";
import { linear, linearTau } from "@nonmarkov/schedule";
import { expect, test } from "vitest";

const schedule = linear();
const rows = 3;
const space = arraySpace({ rows });
const halves = arrayHalves({ rows });
const xT = normal(key(1), 2 * rows);
const tau = linearTau(1000, 7);
const eps = (x: Float64Array): Float64Array => x.map((value) => Math.tanh(0.7 * value));

/** Rows of a prediction followed by the same number for each entry's variance. */
const answer = (predicted: Float64Array, value: number): Float64Array => {
  const raw = new Float64Array(2 * predicted.length).fill(value);
  for (let row = 0; row < rows; row++) raw.set(predicted.subarray(2 * row, 2 * row + 2), 4 * row);
  return raw;
};
const plain = (variance: "small" | "large") =>
  sample({ table: ddpm({ variance })(schedule, tau), denoiser: eps, xT, space, key: key(2) });
const learned = (kind: "learned" | "range", value: number) =>
  sample({
    table: ddpm({ variance: "learned" })(schedule, tau),
    denoiser: (x) => answer(eps(x), value),
    xT,
    space,
    key: key(2),
    ...learnedVariance({ kind, halves }),
  });
const expectNear = (got: Float64Array, want: Float64Array): void =>
  got.forEach((value, i) => expect(value).toBeCloseTo(want[i]!, 12));

test("a range at -1 is DDPM with the small variance, at 1 with the large one", async () => {
  expectNear(await learned("range", -1), await plain("small"));
  expectNear(await learned("range", 1), await plain("large"));
  expect(await plain("small")).not.toEqual(await plain("large"));
});

test("a range at 0 has the geometric mean of the two, and a learned logarithm is taken as it is", async () => {
  const [small, large] = (["small", "large"] as const).map((variance) => ddpm({ variance })(schedule, tau).rows);
  const between = (sigmas: readonly number[]) =>
    sample({
      table: { name: "fixed", rows: small!.map((row, i) => ({ ...row, sigma: sigmas[i]! })) },
      denoiser: eps,
      xT,
      space,
      key: key(2),
    });
  expectNear(await learned("range", 0), await between(small!.map((row, i) => Math.sqrt(row.sigma * large![i]!.sigma))));
  const same = small!.map((row) => (row.s === 0 ? 0 : 0.3));
  expectNear(await learned("learned", 2 * Math.log(0.3)), await between(same));
});

test("the table draws unit noise, but none in the last move, nor between equal levels", () => {
  const { name, rows: planned } = ddpm({ variance: "learned" })(schedule, tau);
  expect(name).toBe("ddpm(learned)");
  expect(planned.map((row) => row.sigma)).toEqual([1, 1, 1, 1, 1, 1, 0]);
  const move = { t: 5, s: 4, alphaBarT: 0.5, alphaBarS: 0.5 };
  expect(ddpm({ variance: "learned" })(schedule, [move]).rows[0]).toMatchObject({ sigma: 0, x: 1, x0: [0] });
});

test("kinds, rows and lengths that do not fit are errors", () => {
  expect(() => learnedVariance({ kind: "fixed" as never, halves })).toThrow(/"learned" or "range", got "fixed"/);
  expect(() => arrayHalves({ rows: 0 })).toThrow(/rows must be an integer >= 1, got 0/);
  expect(() => halves.read(new Float64Array(8))).toThrow(/length 8 must divide into 3 rows of two halves/);
  expect(() => halves.timesExp(new Float64Array(3), new Float64Array(12), 0, 1)).toThrow(/got 6 for 3/);
  expect(() => ddpm({ variance: "medium" as never })).toThrow(/"small", "large" or "learned", got "medium"/);
});
