import {
  ddim,
  ddpm,
  dpm2,
  edm,
  encodingMoves,
  eulerAncestral,
  gridFrom,
  heun,
  pathThrough,
  range,
  resampled,
  startAt,
  type Planner,
  type Row,
  type Table,
} from "@nonmarkov/samplers";
import {
  alphaBarFromNoiseToSignal,
  fromAlphaBar,
  indexAt,
  karrasGrid,
  linear,
  linearTau,
  noiseToSignal,
} from "@nonmarkov/schedule";
import { describe, expect, test } from "vitest";

const schedule = linear();

describe("pathThrough", () => {
  const sigmas = [20, 5, 1, 0.2];

  test("goes through the levels of a grid and on to clean data, at the indices that the schedule has there", () => {
    const path = pathThrough(schedule, sigmas);
    const levels = [...sigmas.map(alphaBarFromNoiseToSignal), 1];
    expect(path.map(({ alphaBarT, alphaBarS }) => [alphaBarT, alphaBarS])).toEqual(
      levels.slice(1).map((ab, i) => [levels[i], ab]),
    );
    expect(path.map(({ t }) => t)).toEqual(levels.slice(0, -1).map((ab) => indexAt(schedule, ab)));
    expect(path.map(({ s }) => s)).toEqual([...path.slice(1).map(({ t }) => t), 0]);
    for (const { t } of path) expect(Number.isInteger(t)).toBe(false);
  });

  test("ends at its last level where that is wanted, or where that is clean data itself", () => {
    expect(pathThrough(schedule, sigmas, { end: "last" })).toEqual(pathThrough(schedule, sigmas).slice(0, -1));
    for (const end of ["clean", "last"] as const)
      expect(pathThrough(schedule, [...sigmas, 0], { end })).toEqual(pathThrough(schedule, sigmas));
  });

  test("rounds indices as told, but neither clean data's nor any noise level", () => {
    const exact = pathThrough(schedule, sigmas);
    for (const round of [Math.round, Math.floor, Math.ceil]) {
      const rounded = pathThrough(schedule, sigmas, { round });
      expect(rounded).toEqual(exact.map((move) => ({ ...move, t: round(move.t), s: round(move.s) })));
      expect(heun()(schedule, rounded).rows.every(({ time }) => Number.isInteger(time))).toBe(true);
    }
    expect(pathThrough(schedule, [1], { round: (t) => t + 1 })[0]!.s).toBe(0);
  });

  test("starts from pure noise where the schedule ends in it", () => {
    const zero = fromAlphaBar([0.9, 0.4, 0]);
    const [first] = pathThrough(zero, [Infinity, 1]);
    expect([first!.t, first!.alphaBarT]).toEqual([3, 0]);
    expect(ddim()(zero, pathThrough(zero, [Infinity, 1])).rows[0]!.x0).toEqual([Math.sqrt(0.5)]);
  });

  test("refuses grids that do not fall, or make no move, and indices that no schedule has", () => {
    for (const bad of [[1, 1], [1, 2], [1, -1], [NaN], [2, NaN], [1, 0, 0]]) {
      expect(() => pathThrough(schedule, bad)).toThrow(RangeError);
      expect(() => pathThrough(schedule, bad)).toThrow(/pathThrough: sigmas must fall and be >= 0, got/);
    }
    expect(() => pathThrough(schedule, [])).toThrow(/there must be at least one move, got 0 sigmas/);
    expect(() => pathThrough(schedule, [1], { end: "last" })).toThrow(/at least one move, got 1 sigmas/);
    expect(() => pathThrough(schedule, [0])).toThrow(/at least one move/);
    expect(() => pathThrough(schedule, [1], { end: "noisy" as never })).toThrow(/"clean" or "last", got "noisy"/);
    for (const round of [() => -1, () => 1001, () => NaN])
      expect(() => pathThrough(schedule, [1], { round })).toThrow(/round must stay in 0..T = 1000, got/);
  });

  test("makes paths for every planner, and backwards for encoding", () => {
    const path = pathThrough(schedule, sigmas);
    expect(ddim()(schedule, path).rows.map(({ t, s, time }) => [t, s, time])).toEqual(
      path.map(({ t, s }) => [t, s, t]),
    );
    expect(encodingMoves(schedule, path, 0).map(({ t, s }) => [s, t])).toEqual(
      path.map(({ t, s }) => [t, s]).reverse(),
    );
  });
});

test("gridFrom starts a grid at any level", () => {
  expect(gridFrom([8, 4, 2], 5)).toEqual([5, 4, 2]);
  expect(gridFrom([8, 4, 2], 4)).toEqual([4, 2]);
  expect(gridFrom([8, 4, 2], 1)).toEqual([1]);
  expect(gridFrom([8, 4, 2], 9)).toEqual([9, 8, 4, 2]);
  for (const bad of [0, -1, NaN]) expect(() => gridFrom([1], bad)).toThrow(/gridFrom: sigma must be > 0, got/);
});

describe("parts of a table", () => {
  const path = pathThrough(schedule, karrasGrid(schedule, 6));
  const stop = path[2]!.t;
  /** What planning on a part of the path gives. */
  const planned = (planner: Planner, from: number, to: number): readonly Row[] =>
    planner(schedule, path.slice(from, to)).rows;

  test.each([
    ["ddim", ddim()],
    ["heun", heun()],
    ["dpm2", dpm2()],
    ["eulerAncestral", eulerAncestral()],
  ])("%s: cut at stops of a grid they are the tables of parts of the path", (_, planner) => {
    const table = planner(schedule, path);
    expect(startAt(table, stop).rows).toEqual(planned(planner, 2, 6));
    expect(range(table, { to: stop }).rows).toEqual(planned(planner, 0, 2));
    expect(range(table, { from: path[1]!.t, to: path[4]!.t }).rows).toEqual(planned(planner, 1, 4));
    expect(range(table, {})).toEqual(table);
  });

  test("a cut between the stages of a move is a RangeError that says what to do instead", () => {
    const table = dpm2()(schedule, path);
    const middle = table.rows[2]!.s;
    expect(table.rows[3]!.t).toBe(middle);
    for (const ends of [{ from: middle }, { to: middle }])
      expect(() => range(table, ends)).toThrow(
        /dpm2 cannot be cut at \S+, since the rows after it use predictions from before; plan on that part/,
      );
  });

  test("a part starts with the noise that a stop adds, and does not end with noise alone", () => {
    const table = edm({ churn: 1, sMax: 50 })(schedule, path);
    const part = startAt(table, stop);
    expect([part.rows[0]!.time, part.rows[0]!.t]).toEqual([null, stop]);
    const raised = part.rows[0]!.s;
    expect(startAt(table, raised).rows).toEqual(part.rows.slice(1));
    expect(() => range(table, { to: raised })).toThrow(/must end at/);
    expect(range(table, { to: stop }).rows.at(-1)!.s).toBe(stop);
  });

  test("of a table that comes by a stop again and again a part starts the first time and ends the last", () => {
    const table = resampled(ddpm(), { jump: 2, times: 3 })(schedule, linearTau(1000, 6));
    const ts = ({ rows }: Table) => rows.map(({ t, s }) => [t, s]);
    const all = ts(table);
    const part = range(table, { from: 833, to: 666 });
    expect(ts(part)).toEqual(all.slice(1, 8));
    expect(part.rows.filter(({ time }) => time === null).length).toBe(2);
    // back up at its start it has not ended there
    expect(() => range(table, { to: 1000 })).toThrow(/must end at 1000/);
  });

  test("a multistep table, which carries predictions on, is planned anew instead of cut", () => {
    const { rows } = ddim()(schedule, [10, 20, 30]);
    const chained: Table = {
      name: "chained",
      rows: rows.map((row, i) => (i === 0 ? row : { ...row, eps: [0.5, 0.5] })),
    };
    expect(() => startAt(chained, 20)).toThrow(/chained cannot be cut at 20/);
    expect(startAt(chained, 30)).toEqual(chained);
    expect(range(chained, { to: 0 })).toEqual(chained);
  });

  test("the noise level of a part's start is what to noise an image to", () => {
    const [first] = startAt(
      heun()(schedule, pathThrough(schedule, gridFrom(karrasGrid(schedule, 6), 3))),
      indexAt(schedule, alphaBarFromNoiseToSignal(3)),
    ).rows;
    expect(noiseToSignal(first!.alphaBarT)).toBeCloseTo(3, 12);
  });
});
