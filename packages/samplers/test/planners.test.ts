import {
  ddim,
  ddimEncode,
  ddpm,
  euler,
  eulerEncode,
  fromSigmas,
  probabilityFlow,
  probabilityFlowEncode,
  range,
  sigmaHat,
  startAt,
  tauFrom,
  type Planner,
} from "@nonmarkov/samplers";
import {
  everyT,
  fromAlphaBar,
  fromBetas,
  linear,
  linearTau,
  noiseToSignal,
  rescaleZeroTerminalSnr,
  sigmaEta,
} from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";

const schedule = linear();
const tau = [10, 250, 1000];
const samplers: Record<string, Planner> = {
  "ddim(eta=0)": ddim(),
  "ddim(eta=0.5)": ddim({ eta: 0.5 }),
  "ddim(eta per move)": ddim({ eta: [0.1, 0.2, 0.3] }),
  fromSigmas: fromSigmas([0.1, 0.02, 0]),
  sigmaHat: sigmaHat(),
  "ddpm(small)": ddpm(),
  "ddpm(large)": ddpm({ variance: "large" }),
  euler: euler(),
  probabilityFlow: probabilityFlow(),
};
const encoders: Record<string, Planner> = {
  "ddimEncode(source)": ddimEncode(),
  "eulerEncode(source)": eulerEncode(),
  "probabilityFlowEncode(source)": probabilityFlowEncode(),
};

describe.each(Object.entries(samplers))("%s", (name, planner) => {
  test("moves from the last of tau to clean data, one row per entry, and says its name", () => {
    const table = planner(schedule, tau);
    expect(table.name).toBe(name);
    expect(table.rows.map(({ t, s, time }) => [t, s, time])).toEqual([
      [1000, 250, 1000],
      [250, 10, 250],
      [10, 0, 10],
    ]);
    for (const { t, s, alphaBarT, alphaBarS } of table.rows)
      expect([alphaBarT, alphaBarS]).toEqual([schedule.alphaBar[t], schedule.alphaBar[s]]);
    expect(table.rows.at(-1)!.sigma).toBe(0);
  });

  test.each([
    ["empty", []],
    ["unordered", [10, 1000, 250]],
    ["repeated", [10, 10, 1000]],
    ["beyond T", [10, 250, 1001]],
    ["below 1", [0, 250, 1000]],
    ["fractional", [10, 250.5, 1000]],
  ])("a tau that is %s is a RangeError", (_, wrong) => {
    expect(() => planner(schedule, wrong)).toThrow(RangeError);
    expect(() => planner(schedule, wrong)).toThrow(/tau/);
  });
});

describe.each(Object.entries(encoders))("%s", (name, planner) => {
  test("moves from clean data to the last of tau, and evaluates at the source, though never at 0", () => {
    const table = planner(schedule, tau);
    expect(table.name).toBe(name);
    expect(table.rows.map(({ t, s, time, sigma }) => [t, s, time, sigma])).toEqual([
      [0, 10, 1, 0],
      [10, 250, 10, 0],
      [250, 1000, 250, 0],
    ]);
  });
});

test.each([ddimEncode, eulerEncode, probabilityFlowEncode])(
  "an encoder can evaluate at the target, and start at t = 1",
  (encode) => {
    const times = (tau: readonly number[], from: number) =>
      encode({ evaluateAt: "target", from })(schedule, tau).rows.map(({ t, s, time }) => [t, s, time]);
    expect(times([10, 250], 0)).toEqual([
      [0, 10, 10],
      [10, 250, 250],
    ]);
    expect(times([10, 250], 1)).toEqual([
      [1, 10, 10],
      [10, 250, 250],
    ]);
    expect(times([1, 250], 1)).toEqual([[1, 250, 250]]);
    for (const [wrong, tau] of [
      [2, [1, 250]],
      [-1, [10]],
      [0.5, [10]],
      [10, [10]],
    ] as const)
      expect(() => times(tau, wrong)).toThrow(/encodingMoves: from must/);
    expect(encode()(schedule, [10, 250])).toEqual(encode({ evaluateAt: "source", from: 0 })(schedule, [10, 250]));
    expect(() => encode({ evaluateAt: "middle" as never })(schedule, tau)).toThrow(
      /"source" or "target", got "middle"/,
    );
  },
);

describe("ddim", () => {
  test("takes eta per move: the list begins with the move from tau_S, the function gets its number and the move", () => {
    const etas = [0.9, 0.2, 0];
    const listed = ddim({ eta: etas })(schedule, tau);
    listed.rows.forEach((row, i) => {
      const one = ddim({ eta: etas[i]! })(schedule, tau).rows[i]!;
      expect(row).toEqual(one);
    });
    const seen: [number, number, number][] = [];
    const asked = ddim({ eta: (i, { t, s }) => (seen.push([i, t, s]), etas[i]!) })(schedule, tau);
    expect(asked.rows).toEqual(listed.rows);
    expect(seen).toEqual([
      [0, 1000, 250],
      [1, 250, 10],
      [2, 10, 0],
    ]);
  });

  test("takes every eta up to that of sigma² = 1 - alphaBar_s, where eps plays no part any more, and none beyond", () => {
    const [t, s] = [1000, 250];
    const [abT, abS] = [schedule.alphaBar[t]!, schedule.alphaBar[s]!];
    const most = 1 / Math.sqrt(1 - (abT * (1 - abS)) / (abS * (1 - abT)));
    expect(most).toBeGreaterThan(1);
    const row = ddim({ eta: [most, 0] })(schedule, [s, t]).rows[0]!;
    expect(row.sigma).toBeCloseTo(Math.sqrt(1 - abS), 14);
    expect(row.eps[0]).toBeLessThan(1e-7);
    expect(() => ddim({ eta: [most * (1 + 1e-9), 0] })(schedule, [s, t])).toThrow(
      /ddim: eta must be in 0\.\.1\.0.* in the move 1000 → 250/,
    );
  });

  test("rounds an eta that exceeds its largest by rounding, and refuses one that exceeds it by more", () => {
    const two = fromAlphaBar([0.9, 0.5]);
    const at = (excess: number) => {
      const eta = (Math.sqrt(1 - 0.9) * (1 + excess)) / sigmaEta(0.5, 0.9, 1);
      return ddim({ eta: [eta, 0] })(two, [1, 2]).rows[0]!;
    };
    expect(at(5e-15).sigma).toBe(Math.sqrt(1 - 0.9));
    expect(at(5e-15).eps).toEqual([0]);
    for (const excess of [1.5e-14, 1e-3]) expect(() => at(excess)).toThrow(/ddim: eta must be in 0\.\./);
  });

  test("refuses an endless eta also where the move adds no noise", () => {
    for (const list of [[1], [0.5]])
      expect(() => ddim({ eta: Infinity })(fromAlphaBar(list), [1])).toThrow(/got Infinity/);
  });

  test.each([-0.1, NaN, Infinity, 30])("refuses eta = %s", (eta) => {
    expect(() => ddim({ eta })(schedule, tau)).toThrow(RangeError);
    expect(() => ddim({ eta })(schedule, tau)).toThrow(/ddim: eta/);
  });

  test("refuses a list of etas of another length than tau", () => {
    expect(() => ddim({ eta: [0, 0] })(schedule, tau)).toThrow(/one entry for each of the 3 moves, got 2/);
  });

  test("at zero terminal SNR and where alphaBar stays at 1 its numbers are finite", () => {
    const odd = fromAlphaBar([1, 1, 0.5, 0.5, 0.1, 0]);
    for (const planner of [ddim(), ddim({ eta: 1 }), sigmaHat(), ddpm(), ddpm({ variance: "large" })])
      for (const row of planner(odd, everyT(6)).rows)
        expect([row.x, ...row.x0, ...row.eps, row.sigma].every(Number.isFinite)).toBe(true);
  });
});

describe("fromSigmas", () => {
  test("with ddim's sigmas it is ddim", () => {
    for (const eta of [0, 0.3, 1]) {
      const want = ddim({ eta })(schedule, tau);
      const got = fromSigmas(want.rows.map((row) => row.sigma))(schedule, tau);
      got.rows.forEach((row, i) => {
        expect(row.sigma).toBe(want.rows[i]!.sigma);
        expect(row.eps[0]).toBeCloseTo(want.rows[i]!.eps[0]!, 12);
      });
    }
  });

  test.each([
    ["negative", [-0.1, 0, 0]],
    ["above √(1 - alphaBar_s)", [0.1, 0.5, 0]],
    ["not 0 in the move to clean data", [0.1, 0.01, 0.01]],
    ["not a number", [NaN, 0, 0]],
    ["missing", [0.1, 0.01]],
    ["left over", [0.1, 0.01, 0, 0]],
  ])("a sigma that is %s is a RangeError", (_, sigmas) => {
    expect(() => fromSigmas(sigmas)(schedule, tau)).toThrow(RangeError);
    expect(() => fromSigmas(sigmas)(schedule, tau)).toThrow(/fromSigmas/);
  });
});

test("fromSigmas rounds a sigma that exceeds its largest by rounding, and refuses one that exceeds it by more", () => {
  const at = (excess: number) =>
    fromSigmas([Math.sqrt(1 - 0.9) * (1 + excess), 0])(fromAlphaBar([0.9, 0.5]), [1, 2]).rows[0]!;
  expect([at(0).sigma, at(0).eps]).toEqual([Math.sqrt(1 - 0.9), [0]]);
  expect(at(5e-15)).toEqual(at(0));
  for (const excess of [1.5e-14, 1e-3]) expect(() => at(excess)).toThrow(/fromSigmas: sigma must be in 0\.\./);
});

test("a move between equal levels changes nothing in the Euler views, also where there is no noise", () => {
  for (const planner of [euler(), probabilityFlow()])
    for (const row of planner(fromAlphaBar([1, 1, 0.5, 0.5]), everyT(4)).rows.filter(({ t }) => t !== 3))
      expect([row.x, row.eps]).toEqual([1, [0]]);
});

test("ddpm's variance is small where it is left out, and refused where it is unknown", () => {
  expect(ddpm()(schedule, tau)).toEqual(ddpm({ variance: "small" })(schedule, tau));
  expect(() => ddpm({ variance: "huge" as never })).toThrow(/"small", "large" or "learned", got "huge"/);
});

test("sigma-hat is eta = 1 with more noise: √(1 - alphaBar_t/alphaBar_s)", () => {
  const hat = sigmaHat()(schedule, tau);
  const one = ddim({ eta: 1 })(schedule, tau);
  hat.rows.forEach((row, i) => {
    expect({ ...row, sigma: 0 }).toEqual({ ...one.rows[i]!, sigma: 0 });
    if (row.s > 0) expect(row.sigma).toBeCloseTo(Math.sqrt(1 - row.alphaBarT / row.alphaBarS), 14);
    if (row.s > 0) expect(row.sigma).toBeGreaterThan(one.rows[i]!.sigma);
  });
});

test("the Euler views step xbar by eqs. (13) and (15)", () => {
  const ladder = fromBetas([0.01, 0.1, 0.3]);
  const [first, second] = [euler()(ladder, [1, 3]), probabilityFlow()(ladder, [1, 3])];
  const [sigmaT, sigmaS] = [noiseToSignal(ladder.alphaBar[3]!), noiseToSignal(ladder.alphaBar[1]!)];
  for (const row of [first.rows[0]!, second.rows[0]!])
    expect(row.x).toBeCloseTo(Math.sqrt(ladder.alphaBar[1]! / ladder.alphaBar[3]!), 14);
  const scale = Math.sqrt(ladder.alphaBar[1]!);
  expect(first.rows[0]!.eps[0]! / scale).toBeCloseTo(sigmaS - sigmaT, 14);
  expect(second.rows[0]!.eps[0]! / scale).toBeCloseTo((sigmaS ** 2 - sigmaT ** 2) / 2 / sigmaT, 14);
  // backwards the drift eps/sigma belongs to where eps is evaluated
  const source = probabilityFlowEncode()(ladder, [1, 3]).rows[1]!;
  const target = probabilityFlowEncode({ evaluateAt: "target" })(ladder, [1, 3]).rows[1]!;
  const back = Math.sqrt(ladder.alphaBar[3]!);
  expect(source.eps[0]! / back).toBeCloseTo((sigmaT ** 2 - sigmaS ** 2) / 2 / sigmaS, 14);
  expect(target.eps[0]! / back).toBeCloseTo((sigmaT ** 2 - sigmaS ** 2) / 2 / sigmaT, 14);
});

test.each([euler, probabilityFlow, eulerEncode, probabilityFlowEncode])(
  "the Euler views refuse alphaBar = 0",
  (plan) => {
    expect(() => plan()(rescaleZeroTerminalSnr(schedule), tau)).toThrow(/alphaBar must be > 0 at both ends, got/);
  },
);

describe("parts of a table", () => {
  const table = ddim()(schedule, linearTau(1000, 5));

  test("startAt keeps the moves from an index on", () => {
    expect(startAt(table, 600).rows).toEqual(table.rows.slice(2));
    expect(startAt(table, 1000)).toEqual(table);
  });

  test("range keeps the moves between two stops, of encoders too", () => {
    expect(range(table, { from: 800, to: 400 }).rows).toEqual(table.rows.slice(1, 3));
    expect(range(table, { from: 800, to: 600 }).rows).toEqual([table.rows[1]]);
    expect(range(table, {})).toEqual(table);
    expect(range(table, { to: 400 }).rows).toEqual(table.rows.slice(0, 3));
    const encode = ddimEncode()(schedule, linearTau(1000, 5));
    expect(range(encode, { from: 200, to: 600 }).rows.map(({ t, s }) => [t, s])).toEqual([
      [200, 400],
      [400, 600],
    ]);
  });

  test("a stop that the table does not make is a RangeError, and so is an end before the start", () => {
    expect(() => startAt(table, 500)).toThrow(/must start at 500, got rows with t = 1000, 800, 600, 400, 200.*tauFrom/);
    expect(() => startAt(table, 0)).toThrow(RangeError);
    expect(() => range(table, { to: 1000 })).toThrow(/must end at 1000/);
    expect(() => range(table, { from: 400, to: 600 })).toThrow(/must come before/);
  });

  test("tauFrom starts a sub-sequence at any index", () => {
    expect(tauFrom([200, 400, 600], 500)).toEqual([200, 400, 500]);
    expect(tauFrom([200, 400, 600], 400)).toEqual([200, 400]);
    expect(tauFrom([200, 400, 600], 7)).toEqual([7]);
    expect(tauFrom([200], 1)).toEqual([1]);
    expect(() => tauFrom([200], 0)).toThrow(RangeError);
    expect(() => tauFrom([200], 1.5)).toThrow(/tauFrom: t must be an integer >= 1, got 1.5/);
  });
});
