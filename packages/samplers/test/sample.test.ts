import { foldIn, key, normal } from "@nonmarkov/random";
import {
  arraySpace,
  clipX0,
  ddim,
  ddimEncode,
  ddpm,
  euler,
  langevin,
  outputMap,
  sample,
  trajectory,
  type Denoiser,
  type Prediction,
  type Row,
  type Run,
  type Table,
} from "@nonmarkov/samplers";
import { fromAlphaBar, fromNoiseToSignal, linear, linearTau, rescaleZeroTerminalSnr } from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";
import { countingSpace, type Counted } from "./countingSpace.ts";

const schedule = linear();
const tau = linearTau(1000, 5);
const eps: Denoiser<Float64Array> = (x, t) => x.map((value) => Math.tanh(0.7 * value + 0.1 * Math.sin(t)));
const xT = normal(key(3), 6);
/** An alphaBar at which (1 - alphaBar)/√alphaBar is 1 to the last digit. */
const GOLDEN = 0.38196601125010515;
const run = (more: Partial<Run<Float64Array>>): Run<Float64Array> => ({
  table: ddim({ eta: 0.5 })(schedule, tau),
  denoiser: eps,
  xT,
  space: arraySpace(),
  key: key(1),
  ...more,
});

describe("sample", () => {
  test("makes the moves that the rows say, with row i's noise from foldIn(key, i)", async () => {
    const { table } = run({});
    let x = xT;
    for (const [i, row] of table.rows.entries()) {
      const e = await eps(x, row.t);
      const x0 = x.map((value, j) => (value - Math.sqrt(1 - row.alphaBarT) * e[j]!) / Math.sqrt(row.alphaBarT));
      const z = normal(foldIn(foldIn(key(1), i), 0), 6);
      x = x.map((_, j) => row.x0[0]! * x0[j]! + row.eps[0]! * e[j]! + row.sigma * z[j]!);
    }
    const got = await sample(run({}));
    got.forEach((value, j) => expect(value).toBeCloseTo(x[j]!, 11));
  });

  test("evaluates the denoiser once per row, at the row's time, and leaves xT alone", async () => {
    const times: number[] = [];
    const before = Float64Array.from(xT);
    const table: Table = { name: "shifted", rows: run({}).table.rows.map((row) => ({ ...row, time: row.t - 1 })) };
    await sample(run({ table, denoiser: (x, t) => (times.push(t), eps(x, t)) }));
    expect(times).toEqual([999, 799, 599, 399, 199]);
    expect(xT).toEqual(before);
  });

  test("combines once per row in the linear case, whatever is predicted and however noisy", async () => {
    for (const prediction of ["eps", "x0", "v", "score"] as const)
      for (const planner of [ddim({ eta: 0 }), ddim({ eta: 1 }), ddpm({ variance: "large" }), euler()]) {
        const { space, make, log } = countingSpace();
        const x = make(xT);
        await sample({
          table: planner(schedule, tau),
          denoiser: async (v: Counted, t) => make(await eps(v.data, t)),
          xT: x,
          space,
          key: key(0),
          prediction,
        });
        expect(log.filter((name) => name === "combine").length).toBe(5);
      }
  });

  test.each(["x0", "v", "score"] as const)("gives the same for a network that predicts %s", async (prediction) => {
    const want = await sample(run({}));
    const denoiser: Denoiser<Float64Array> = async (x, t) => {
      // solve the map for the output that says the same eps
      const [fromX, fromOutput] = outputMap(prediction, schedule.alphaBar[t]!).eps;
      const e = await eps(x, t);
      return x.map((value, j) => (e[j]! - fromX * value) / fromOutput);
    };
    const got = await sample(run({ denoiser, prediction }));
    got.forEach((value, j) => expect(value).toBeCloseTo(want[j]!, 9));
  });

  test("a sample does not depend on the batch it is in: shards with firstIndex make the rows of the whole", async () => {
    const whole = await sample(run({ space: arraySpace({ rows: 3 }) }));
    for (const [first, last] of [
      [0, 1],
      [1, 3],
    ] as const) {
      const part = await sample(
        run({ xT: xT.slice(2 * first, 2 * last), space: arraySpace({ rows: last - first }), firstIndex: first }),
      );
      expect(part).toEqual(whole.slice(2 * first, 2 * last));
    }
  });

  test("mapX0 changes what the move takes for x0, and leaves eps as predicted", async () => {
    const row = run({}).table.rows[1]!;
    const table: Table = { name: "one", rows: [{ ...row, sigma: 0 }] };
    const got = await sample(run({ table, mapX0: () => new Float64Array(6).fill(0.25) }));
    const e = await eps(xT, row.t);
    got.forEach((value, j) => expect(value).toBeCloseTo(row.x0[0]! * 0.25 + row.eps[0]! * e[j]!, 12));
  });

  test("a table written to JSON and read back runs the same", async () => {
    const { table } = run({});
    expect(await sample(run({ table: JSON.parse(JSON.stringify(table)) as Table }))).toEqual(await sample(run({})));
  });

  test("stops with the signal's reason before the next evaluation", async () => {
    const controller = new AbortController();
    let evaluations = 0;
    const denoiser: Denoiser<Float64Array> = (x, t) => {
      if (++evaluations === 2) controller.abort(new Error("enough"));
      return eps(x, t);
    };
    await expect(sample(run({ denoiser, signal: controller.signal }))).rejects.toThrow("enough");
    expect(evaluations).toBe(2);
  });
});

test("a signal that is aborted by another event stops a denoiser that never waits", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error("enough")));
  const table = ddim()(schedule, linearTau(1000, 1000));
  let evaluations = 0;
  const denoiser: Denoiser<Float64Array> = (x) => {
    evaluations++;
    return x.slice();
  };
  await expect(sample(run({ table, denoiser, signal: controller.signal }))).rejects.toThrow("enough");
  expect(evaluations).toBeLessThan(100);
});

describe("trajectory", () => {
  test("shows every move, with the x0 and eps of eq. (9), and ends where sample does", async () => {
    const moments = [];
    let start = xT;
    for await (const { x, x0, eps: e, ...where } of trajectory(run({}))) {
      moments.push(where);
      const ab = schedule.alphaBar[where.t]!;
      start.forEach((value, j) => expect(Math.sqrt(ab) * x0[j]! + Math.sqrt(1 - ab) * e[j]!).toBeCloseTo(value, 10));
      start = x;
    }
    expect(moments).toEqual([
      { step: 0, t: 1000, s: 800 },
      { step: 1, t: 800, s: 600 },
      { step: 2, t: 600, s: 400 },
      { step: 3, t: 400, s: 200 },
      { step: 4, t: 200, s: 0 },
    ]);
    expect(start).toEqual(await sample(run({})));
  });

  test.each(["eps", "x0", "v", "score"] as const)(
    "shows the same for a network that predicts %s, and combines no more than it must",
    async (prediction) => {
      // (1 - a)/√a is exactly 1 at the first of them, where a score's factor in x0 looks like that of a copy
      const ladder = fromAlphaBar([0.9, 0.5, GOLDEN]);
      const table = ddim({ eta: 0.5 })(ladder, [1, 2, 3]);
      const predicting = async (x: Float64Array, t: number): Promise<Float64Array> => {
        const [fromX, fromOutput] = outputMap(prediction, ladder.alphaBar[t]!).eps;
        const e = await eps(x, t);
        return x.map((value, j) => (e[j]! - fromX * value) / fromOutput);
      };
      const { space, make, log } = countingSpace();
      const denoiser = async ({ data }: Counted, t: number): Promise<Counted> => make(await predicting(data, t));
      const combine: typeof space.combine = (coefs, vectors) => {
        expect(coefs).not.toContain(0);
        return space.combine(coefs, vectors);
      };
      const more = { space: { ...space, combine }, key: key(1), prediction };
      let start = xT;
      for await (const { t, x, x0, eps: e } of trajectory({ table, denoiser, xT: make(xT), ...more })) {
        const ab = ladder.alphaBar[t]!;
        const want = await eps(start, t);
        e.data.forEach((value, j) => expect(value).toBeCloseTo(want[j]!, 10));
        x0.data.forEach((value, j) =>
          expect(value).toBeCloseTo((start[j]! - Math.sqrt(1 - ab) * want[j]!) / Math.sqrt(ab), 10),
        );
        start = Float64Array.from(x.data);
      }
      // the move, and what of x0 and eps the network does not say itself
      const each = { eps: 2, x0: 2, v: 3, score: 3 }[prediction];
      expect(log.filter((name) => name === "combine").length).toBe(3 * each);
    },
  );

  test("a table that remembers eps does not express it twice", async () => {
    const { space, make, log } = countingSpace();
    const table = {
      ...busyTable(),
      rows: busyTable().rows.map((row) => ({ ...row, x0: row.x0.slice(0, 1), sigma: 0 })),
    };
    const denoiser = async ({ data }: Counted, t: number): Promise<Counted> => make(await eps(data, t));
    for await (const { eps: e } of trajectory({ table, denoiser, xT: make(xT), space, prediction: "v" }))
      expect(e.alive).toBe(true);
    expect(log.filter((name) => name === "combine").length).toBe(3 * 5);
  });

  test("a row of nothing ends at 0", async () => {
    const row = { ...run({}).table.rows[0]!, x: 0, x0: [0], eps: [0], sigma: 0 };
    expect(await sample(run({ table: { name: "nothing", rows: [row] } }))).toEqual(new Float64Array(6));
  });

  test("shows x0 as mapX0 left it", async () => {
    for await (const { x0 } of trajectory(run({ mapX0: clipX0(0.5) })))
      expect(Math.max(...x0.map(Math.abs))).toBeLessThanOrEqual(0.5);
  });
});

/** Everything at once that makes vectors: memory of both kinds, noise, a changed x0 and a corrector. */
const busyTable = (): Table => ({
  name: "busy",
  rows: ddim({ eta: 0.5 })(schedule, tau).rows.map((row, i) =>
    i < 2
      ? row
      : { ...row, x0: [0.5, 0.25, 0.25].map((c) => c * row.x0[0]!), eps: [0.5, 0.5].map((c) => c * row.eps[0]!) },
  ),
});

describe("ownership", () => {
  const variants: Record<
    string,
    (failAt?: number) => { counting: ReturnType<typeof countingSpace>; run: Run<Counted> }
  > = {};
  for (const prediction of ["eps", "x0", "v", "score"] as const satisfies readonly Prediction[])
    for (const busy of [false, true])
      variants[`${prediction}, ${busy ? "with memory, mapX0 and a corrector" : "plain"}`] = (failAt) => {
        const counting = countingSpace(failAt);
        const { make, operation, space } = counting;
        return {
          counting,
          run: {
            table: busy ? busyTable() : ddim({ eta: 0.5 })(schedule, tau),
            denoiser: async (x, t) => {
              operation("denoiser");
              return make(await eps(x.data, t));
            },
            xT: make(xT),
            space,
            key: key(0),
            prediction,
            ...(busy && {
              mapX0: async ({ data }: Counted) => {
                operation("mapX0");
                await Promise.resolve();
                return make(clipX0()(data));
              },
              correct: langevin<Counted>({ stepSize: (ab: number) => 0.01 * (1 - ab), steps: 2 }),
            }),
          },
        };
      };

  test.each(Object.entries(variants))("%s: only xT and the result are left", async (_, variant) => {
    const { counting, run: counted } = variant();
    const result = await sample(counted);
    expect(counting.live()).toBe(2);
    expect(counted.xT.alive && result.alive).toBe(true);
  });

  test.each(Object.entries(variants))("%s: only xT is left, whichever operation fails", async (_, variant) => {
    const count = (() => {
      const { counting, run: counted } = variant();
      return sample(counted).then(() => counting.log.length);
    })();
    for (let failAt = 0; failAt < (await count); failAt++) {
      const { counting, run: counted } = variant(failAt);
      await expect(sample(counted)).rejects.toThrow(`operation ${failAt} fails`);
      expect(counting.live()).toBe(1);
      expect(counted.xT.alive).toBe(true);
    }
  });

  test.each(Object.entries(variants))(
    "%s: nothing is left of a loop that is left early or aborted",
    async (_, variant) => {
      for (let leaveAfter = 0; leaveAfter < 5; leaveAfter++) {
        const { counting, run: counted } = variant();
        for await (const { step, x, x0, eps: e } of trajectory(counted)) {
          expect([x, x0, e].every((v) => v.alive)).toBe(true);
          if (step === leaveAfter) break;
        }
        expect(counting.live()).toBe(1);
        const aborted = variant();
        const controller = new AbortController();
        const { denoiser } = aborted.run;
        let evaluations = 0;
        const aborting: Denoiser<Counted> = (x, t) => {
          if (evaluations++ === leaveAfter) controller.abort(new Error("enough"));
          return denoiser(x, t);
        };
        const outcome = await sample({ ...aborted.run, denoiser: aborting, signal: controller.signal }).then(
          () => "finished",
          () => "aborted",
        );
        // an abort in the last move comes too late to stop anything
        if (leaveAfter < 4) expect(outcome).toBe("aborted");
        expect(aborted.counting.live()).toBe(outcome === "aborted" ? 1 : 2);
      }
    },
  );

  test.each([
    // xT, the state, the network's output, the noise, the next state
    ["plain", 5],
    // and the x0 and eps of this and the two rows before, the x0 before mapX0; the corrector's state, score and noise
    ["with memory, mapX0 and a corrector", 17],
  ])("%s: vectors are freed as soon as nothing needs them, however many rows there are", async (name, most) => {
    const peaks = [5, 50].map(async (S) => {
      const { counting, run: counted } = variants[`v, ${name}`]!();
      const { table } = counted;
      // the last of these rows does not end at clean data: a corrector follows it
      const repeated = Array.from({ length: S }, (_, i) => table.rows[Math.min(i, 3)]!);
      await sample({ ...counted, table: { name, rows: repeated } });
      return counting.peak();
    });
    const [short, long] = await Promise.all(peaks);
    expect(long).toBe(short);
    expect(long).toBe(most);
  });

  test("a changed x0 is not kept beyond its move where the table has no memory", async () => {
    const { counting, run: counted } = variants["v, plain"]!();
    const mapX0 = ({ data }: Counted): Counted => counting.make(clipX0()(data));
    await sample({ ...counted, mapX0 });
    // xT, the state, the network's output, x0 before and after mapX0, the noise, the next state
    expect(counting.peak()).toBe(7);
  });

  test("a mapX0 that returns what it was given is no harm", async () => {
    const { counting, run: counted } = variants["x0, plain"]!();
    await sample({ ...counted, mapX0: (x0: Counted) => x0 });
    expect(counting.live()).toBe(2);
  });
});

describe("tables with a memory run on the same executor", () => {
  /**
   * Two-step Adams-Bashforth on the ODE (14), its first move an Euler step: with h the change of sigma and r its ratio to
   * the one before, xbar += h·((1 + r/2)·eps_0 - r/2·eps_1).
   */
  const adamsBashforth = (sigmas: readonly number[]): Table => {
    const ladder = fromNoiseToSignal(sigmas.slice(1));
    const S = ladder.T;
    return {
      name: "adamsBashforth2",
      rows: euler()(ladder, linearTau(S, S)).rows.map((row, i) => {
        if (i === 0) return row;
        const h = sigmas[row.s]! - sigmas[row.t]!;
        const r = h / (sigmas[row.t]! - sigmas[row.t + 1]!);
        return { ...row, eps: [1 + r / 2, -r / 2].map((c) => Math.sqrt(row.alphaBarS) * h * c) };
      }),
    };
  };
  /** The exact eps for data ~ N(0, variance), at noise-to-signal sigma: linear in x. */
  const variance = 0.3;
  const exact =
    (table: Table): Denoiser<Float64Array> =>
    (x, t) => {
      const ab = table.rows.find((row) => row.t === t)!.alphaBarT;
      return x.map((value) => (Math.sqrt(1 - ab) * value) / (ab * variance + 1 - ab));
    };
  const errorOf = async (table: Table): Promise<number> => {
    const ab = table.rows[0]!.alphaBarT;
    const got = await sample({ table, denoiser: exact(table), xT: Float64Array.of(1), space: arraySpace() });
    return Math.abs(got[0]! - Math.sqrt(variance / (ab * variance + 1 - ab)));
  };
  // denser where the solution bends
  const sigmasOf = (S: number): number[] => Array.from({ length: S + 1 }, (_, i) => 5 * (i / S) ** 1.5);

  test("a hand-made Adams-Bashforth table converges with order 2, Euler with order 1", async () => {
    const order = async (tableOf: (S: number) => Table): Promise<number> =>
      Math.log2((await errorOf(tableOf(200))) / (await errorOf(tableOf(400))));
    expect(await order((S) => adamsBashforth(sigmasOf(S)))).toBeCloseTo(2, 1);
    expect(
      await order((S) => {
        const ladder = fromNoiseToSignal(sigmasOf(S).slice(1));
        return euler()(ladder, linearTau(S, S));
      }),
    ).toBeCloseTo(1, 1);
  });

  test.each([0, 1])("a memory of %i x0 needs no mapX0", async (memory) => {
    const table: Table = {
      name: "remembers",
      rows: ddim()(schedule, tau).rows.map((row, i) =>
        i < memory ? row : { ...row, x0: memory === 0 ? [0.7] : [0.7, -0.2] },
      ),
    };
    const x0s: Float64Array[] = [];
    let x = xT;
    for (const row of table.rows) {
      const e = await eps(x, row.t);
      x0s.unshift(x.map((v, j) => (v - Math.sqrt(1 - row.alphaBarT) * e[j]!) / Math.sqrt(row.alphaBarT)));
      x = x.map((_, j) => row.x0.reduce((sum, c, k) => sum + c * x0s[k]![j]!, 0) + row.eps[0]! * e[j]!);
    }
    const got = await sample(run({ table }));
    got.forEach((value, j) => expect(value).toBeCloseTo(x[j]!, 10));
  });

  test("earlier x0, as mapX0 left them, and earlier eps come newest first", async () => {
    const table = busyTable();
    const mapX0 = clipX0(0.8);
    const x0s: Float64Array[] = [];
    const epss: Float64Array[] = [];
    let x = xT;
    for (const [i, row] of table.rows.entries()) {
      const e = await eps(x, row.t);
      epss.unshift(e);
      x0s.unshift(mapX0(x.map((v, j) => (v - Math.sqrt(1 - row.alphaBarT) * e[j]!) / Math.sqrt(row.alphaBarT))));
      const z = normal(foldIn(foldIn(key(1), i), 0), 6);
      x = x.map(
        (_, j) =>
          row.x0.reduce((sum, c, k) => sum + c * x0s[k]![j]!, 0) +
          row.eps.reduce((sum, c, k) => sum + c * epss[k]![j]!, 0) +
          row.sigma * z[j]!,
      );
    }
    const got = await sample(run({ table, mapX0 }));
    got.forEach((value, j) => expect(value).toBeCloseTo(x[j]!, 11));
  });
});

describe("a run that cannot be is a RangeError before anything is evaluated", () => {
  const changed = (change: Partial<Row>): Table => ({
    name: "changed",
    rows: run({}).table.rows.map((row) => ({ ...row, ...change })),
  });
  const zero = rescaleZeroTerminalSnr(schedule);
  const cases: Record<string, [Partial<Run<Float64Array>>, RegExp]> = {
    "no rows": [{ table: { name: "empty", rows: [] } }, /has no rows/],
    "noise without a key": [{ key: undefined as never }, /row 0 of ddim\(eta=0.5\) adds noise/],
    "a coefficient that is not finite": [{ table: changed({ x: NaN }) }, /finite coefficients/],
    "an x0 coefficient that is not finite": [{ table: changed({ x0: [NaN] }) }, /finite coefficients/],
    "an eps coefficient that is not finite": [{ table: changed({ eps: [Infinity] }) }, /finite coefficients/],
    "a negative sigma": [{ table: changed({ sigma: -1 }) }, /sigma >= 0/],
    "a memory of what was not evaluated": [{ table: changed({ eps: [0.5, 0.5] }) }, /row 0 uses the predictions of 2/],
    "a memory of x0 that was not predicted": [
      { table: changed({ x0: [0.5, 0.5] }) },
      /row 0 uses the predictions of 2/,
    ],
    "an unknown prediction": [{ prediction: "epsilon" as never }, /"eps", "x0", "v" or "score", got "epsilon"/],
    "a firstIndex below 0": [{ firstIndex: -1 }, /firstIndex/],
    "a firstIndex between indices": [{ firstIndex: 1.5 }, /firstIndex/],
    "a mapX0 whose x0 counts nothing": [{ table: changed({ x0: [0] }), mapX0: clipX0() }, /mapX0 has no effect/],
    "eps at alphaBar = 0": [{ table: ddim()(zero, tau) }, /alphaBar = 0, prediction "eps" does not determine x0/],
    "score at alphaBar = 0": [{ table: ddim()(zero, tau), prediction: "score" }, /does not determine x0/],
    "x0 at alphaBar = 1": [{ table: ddimEncode()(schedule, tau), prediction: "x0" }, /does not determine eps/],
    "score at alphaBar = 1": [{ table: ddimEncode()(schedule, tau), prediction: "score" }, /does not determine eps/],
    "a mapX0 that nothing would heed": [{ table: euler()(schedule, tau), mapX0: clipX0() }, /mapX0 has no effect/],
  };
  test.each(Object.entries(cases))("%s", async (_, [more, message]) => {
    let evaluations = 0;
    const refused = run({
      denoiser: (x, t) => {
        evaluations++;
        return eps(x, t);
      },
      ...more,
    });
    await expect(sample(refused)).rejects.toThrow(RangeError);
    await expect(sample(refused)).rejects.toThrow(message);
    expect(() => trajectory(refused)).toThrow(message);
    expect(evaluations).toBe(0);
  });

  /** Two moves of which the first starts at this alphaBar, where a prediction may not determine x0 or eps. */
  const fromEnd = (alphaBarT: number, first: Partial<Row>, second: Partial<Row> = {}): Table => {
    const rows = ddim()(schedule, [500, 1000]).rows;
    return {
      name: "from an end",
      rows: [
        { ...rows[0]!, alphaBarT, ...first },
        { ...rows[1]!, ...second },
      ],
    };
  };
  const finite = async (more: Partial<Run<Float64Array>>): Promise<void> =>
    expect((await sample(run(more))).every(Number.isFinite)).toBe(true);

  test("x0 need not be determined where a move does not use it, unless it is shown, kept or changed", async () => {
    const table = fromEnd(0, { x0: [0], eps: [0.5] });
    await finite({ table });
    await finite({ table: fromEnd(0, { x0: [], eps: [0.5] }) });
    const message = /alphaBar = 0, prediction "eps" does not determine x0/;
    expect(() => trajectory(run({ table }))).toThrow(message);
    await expect(sample(run({ table, mapX0: clipX0() }))).rejects.toThrow(message);
    const kept = fromEnd(0, { x0: [0], eps: [0.5] }, { x0: [0.5, 0.5], eps: [] });
    await expect(sample(run({ table: kept }))).rejects.toThrow(message);
    await expect(sample(run({ table: fromEnd(0, { x0: [1], eps: [] }) }))).rejects.toThrow(message);
  });

  test("eps need not be determined where a move does not use it, unless it is shown or kept", async () => {
    const table = fromEnd(1, { x0: [0.5], eps: [0] });
    const prediction = "x0";
    await finite({ table, prediction });
    await finite({ table: fromEnd(1, { x0: [0.5], eps: [] }), prediction });
    const message = /alphaBar = 1, prediction "x0" does not determine eps/;
    expect(() => trajectory(run({ table, prediction }))).toThrow(message);
    const kept = fromEnd(1, { x0: [0.5], eps: [0] }, { x0: [], eps: [0.5, 0.5] });
    await expect(sample(run({ table: kept, prediction }))).rejects.toThrow(message);
    await expect(sample(run({ table: fromEnd(1, { x0: [], eps: [1] }), prediction }))).rejects.toThrow(message);
  });

  test("mapX0 may have an effect in some rows only", async () => {
    await finite({ table: fromEnd(0.5, { x0: [], x: 0.5, eps: [0.5] }), mapX0: clipX0() });
  });

  test("v is defined at both ends", async () => {
    await sample(run({ table: ddim()(zero, tau), prediction: "v" }));
    await sample(run({ table: ddimEncode()(zero, tau), prediction: "v" }));
  });
});
