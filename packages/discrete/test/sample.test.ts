import {
  atIndex,
  discreteDdim,
  drawMarginal,
  drawUniform,
  empirical,
  fromLogits,
  implicit,
  multinomial,
  sample,
  trajectory,
  type Denoiser,
} from "@nonmarkov/discrete";
import { foldIn, key } from "@nonmarkov/random";
import { cosine, fromAlphaBar, linear, linearTau } from "@nonmarkov/schedule";
import { expect, test } from "vitest";

const schedule = cosine({ T: 50 });
const points = Uint8Array.of(0, 1, 2, 2, 1, 0, 1, 1, 1);
const denoiser = atIndex(empirical({ points, count: 3, classes: 3 }).x0, schedule.alphaBar);
const table = discreteDdim({ eta: 0.7 })(schedule, linearTau(50, 8));
const run = (rows: number, firstIndex = 0) => ({
  ...{ table, denoiser, rows, classes: 3, key: key(4), firstIndex },
  xT: drawUniform(key(5), { rows, dims: 3, classes: 3, firstIndex }),
});

test("samples do not depend on the batch size: each alone, in shards or all at once are the same", async () => {
  const whole = await sample(run(12));
  const shards = [await sample(run(5)), await sample(run(7, 5))].flatMap((part) => [...part]);
  expect(shards).toEqual([...whole]);
  for (let i = 0; i < 12; i++) expect([...(await sample(run(1, i)))]).toEqual([...whole.slice(3 * i, 3 * i + 3)]);
  expect([...(await sample({ ...run(12), key: key(6) }))]).not.toEqual([...whole]);
});

test("each sample is one of the points as the steps become many", async () => {
  const fine = implicit()(schedule, linearTau(50, 50));
  const x = await sample({ ...run(200), table: fine });
  const known = new Set([0, 1, 2].map((n) => points.slice(3 * n, 3 * n + 3).join()));
  const hits = Array.from({ length: 200 }, (_, i) => known.has(x.slice(3 * i, 3 * i + 3).join()));
  expect(hits.filter(Boolean).length).toBeGreaterThan(185);
});

test("the trajectory passes through every stop and ends where sample ends; a Uint8Array will do, and is left as it is", async () => {
  const start = run(4);
  const xT = Uint8Array.from(start.xT);
  const before = xT.slice();
  const stops: number[] = [];
  let last: Int32Array | undefined;
  for await (const { step, t, s, x, x0 } of trajectory({ ...start, xT })) {
    expect(t).toBe(table.rows[step]!.t);
    expect(x0.length).toBe(36);
    stops.push(s);
    last = x;
  }
  expect(stops).toEqual(table.rows.map((row) => row.s));
  expect(last).toEqual(await sample(start));
  expect(xT).toEqual(before);
});

test("what a caller does to a moment's arrays does not change the run", async () => {
  let last: Int32Array | undefined;
  for await (const { x } of trajectory(run(4))) {
    last = x.slice();
    x.fill(0);
  }
  expect(last).toEqual(await sample(run(4)));
});

test("a class of probability 0 is never drawn", async () => {
  const certain: Denoiser = (x) => Float64Array.from({ length: 3 * x.length }, (_, i) => (i % 3 === 1 ? 1 : 0));
  for (const planner of [implicit(), multinomial({ classes: 3 })]) {
    const x = await sample({ ...run(50), table: planner(schedule, linearTau(50, 3)), denoiser: certain });
    expect(new Set(x)).toEqual(new Set([1]));
  }
});

test("an aborted run ends with the signal's reason", async () => {
  const controller = new AbortController();
  let evaluations = 0;
  const stopping: Denoiser = (x, t) => {
    if (++evaluations === 2) controller.abort(new Error("enough"));
    return denoiser(x, t);
  };
  await expect(sample({ ...run(2), denoiser: stopping, signal: controller.signal })).rejects.toThrow("enough");
  expect(evaluations).toBe(2);
});

test("runs that cannot be are refused before anything is evaluated", async () => {
  const never: Denoiser = () => expect.unreachable();
  const refused = async (change: object, message: RegExp): Promise<void> => {
    const attempt = sample({ ...run(4), denoiser: never, ...change });
    await expect(attempt).rejects.toThrow(RangeError);
    await expect(attempt).rejects.toThrow(message);
  };
  await refused({ classes: 1 }, /^sample: classes must be .*, got 1; /);
  await refused({ rows: 5 }, /^sample: xT must be 5 equal rows, got 12 entries; /);
  await refused({ rows: 0 }, /equal rows/);
  await refused({ xT: Int32Array.of(0, 1, 3, 0), rows: 2 }, /^sample: xT\[2\] must be a class in 0\.\.2, got 3; /);
  await refused({ xT: Int32Array.of(-1, 1), rows: 2 }, /xT\[0\].*got -1; /);
  await refused({ firstIndex: -1 }, /firstIndex/);
  await refused({ table: { name: "empty", rows: [] } }, /the table empty must have rows/);
  const [row] = table.rows;
  for (const change of [{ ofXt: -0.1 }, { uniform: NaN }, { uniformAtX0: 2 }, { alphaBarS: 2 }])
    await refused({ table: { name: "bad", rows: [{ ...row, ...change }] } }, /row 0 of bad must have/);
  expect(() => trajectory({ ...run(4), classes: 1 })).toThrow(RangeError);
});

test("a prediction that is none is an error, not NaN: its length, its sum, its sign", async () => {
  const attempt = (denoiser: Denoiser) => sample({ ...run(1), denoiser });
  await expect(attempt(() => new Float64Array(8))).rejects.toThrow(/3 probabilities for each of 3 .*, got 8 numbers; /);
  await expect(attempt(() => new Float64Array(9))).rejects.toThrow(
    /coordinate 0 must be >= 0 and add up to 1, got 0, 0, 0/,
  );
  await expect(attempt(() => new Float64Array(9).fill(NaN))).rejects.toThrow(RangeError);
  await expect(attempt(() => [2, -1, 0, 1, 0, 0, 1, 0, 0])).rejects.toThrow(/got 2, -1, 0; fromLogits/);
});

test("fromLogits is the softmax, for logits of any size", async () => {
  const p = await fromLogits(() => [0, Math.log(3), 1e5, -1e5, -1e308, 700], 2)(Int32Array.of(0, 0, 0), 1);
  [0.25, 0.75, 1, 0, 0, 1].forEach((want, i) => expect(p[i]).toBeCloseTo(want, 14));
});

test("x_t is drawn from its marginal, a row alone as in any batch, and x_0 itself where there is no noise", () => {
  const x0 = Uint8Array.from({ length: 4000 }, (_, i) => i % 4);
  const draw = (alphaBar: number, rows = 1000) =>
    drawMarginal(x0.slice(0, 4 * rows), {
      alphaBars: Array.from({ length: rows }, () => alphaBar),
      classes: 4,
      key: key(1),
    });
  expect(draw(1)).toEqual(Int32Array.from(x0));
  expect([...draw(0.3, 10)]).toEqual([...draw(0.3).slice(0, 40)]);
  for (const alphaBar of [0, 0.3, 0.9]) {
    const same = draw(alphaBar).filter((k, i) => k === x0[i]).length / 4000;
    const want = alphaBar + (1 - alphaBar) / 4;
    expect(Math.abs(same - want)).toBeLessThan(4 * Math.sqrt((want * (1 - want)) / 4000));
  }
  expect(() => draw(1.5)).toThrow(/^drawMarginal: alphaBars\[0\] must be in \[0, 1\], got 1.5; /);
});

test("planners refuse what is not admissible, and say what is", () => {
  const small = linear({ T: 3, betaStart: 0.1, betaEnd: 0.3 });
  expect(() => discreteDdim({ eta: -1 })(small, [1, 2, 3])).toThrow(/^discreteDdim: eta must be in 0\..*, got -1; /);
  expect(() => discreteDdim({ eta: NaN })(small, [3])).toThrow(RangeError);
  expect(() => discreteDdim({ eta: 1e9 })(small, [1, 2, 3])).toThrow(/in the move 3 → 2, got 1000000000; /);
  expect(() => discreteDdim()(small, [2, 1])).toThrow(RangeError);
  expect(() => discreteDdim()(small, [4])).toThrow(RangeError);
  expect(() => multinomial({ classes: 1 })).toThrow(/^multinomial: classes must be an integer of at least 2, got 1; /);
});

test("schedules that end without signal, or stand still, are planned without NaN", () => {
  const still = fromAlphaBar([1, 1, 0.5, 0.5, 0]);
  for (const planner of [implicit(), discreteDdim({ eta: 1 }), multinomial({ classes: 3 })])
    for (const { ofXt, ofX0, uniform, uniformAtX0 } of planner(still, [1, 2, 3, 4, 5]).rows) {
      for (const weight of [ofXt, ofX0, uniform, uniformAtX0]) expect(weight).toBeGreaterThanOrEqual(0);
      expect(ofXt + ofX0 + uniform).toBeCloseTo(1, 14);
    }
});

test("uniform classes are a function of key and sample index", () => {
  const all = drawUniform(key(2), { rows: 6, dims: 5, classes: 7 });
  expect([...drawUniform(key(2), { rows: 2, dims: 5, classes: 7, firstIndex: 4 })]).toEqual([...all.slice(20)]);
  expect(new Set(drawUniform(foldIn(key(2), 1), { rows: 50, dims: 5, classes: 7 }))).toEqual(
    new Set([0, 1, 2, 3, 4, 5, 6]),
  );
});
