import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  alphaBarFromLogSnr,
  alphaBarFromNoiseToSignal,
  alphas,
  betas,
  constant,
  cosine,
  fromAlphaBar,
  fromAlphaBarFunction,
  fromAlphas,
  fromBetas,
  fromLogSnr,
  fromNoiseToSignal,
  linear,
  linearAlphaBar,
  linearLogSnr,
  logSnr,
  logSnrs,
  noiseToSignal,
  noiseToSignals,
  rescaleZeroTerminalSnr,
  scaledLinear,
  type Schedule,
  sigmoid,
  sqrt,
} from "../src/index.ts";
import { schedules } from "./arbitraries.ts";

const close = (got: number, want: number, tolerance = 1e-12) =>
  expect(Math.abs(got - want), `${got} against ${want}`).toBeLessThanOrEqual(tolerance * Math.abs(want));

const constructors: Record<string, (options?: { T?: number }) => Schedule> = {
  linear,
  scaledLinear,
  sigmoid,
  constant,
  cosine,
  sqrt,
  linearAlphaBar,
  linearLogSnr,
};

describe.each(Object.entries(constructors))("%s", (name, make) => {
  test("is plain data with alphaBar[0] = 1, falling from there, at any T", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), (T) => {
        const schedule = make({ T });
        expect(schedule).toEqual(JSON.parse(JSON.stringify({ name, T, alphaBar: schedule.alphaBar })));
        expect(schedule.alphaBar.length).toBe(T + 1);
        expect(schedule.alphaBar[0]).toBe(1);
        for (let t = 1; t <= T; t++) {
          expect(schedule.alphaBar[t]!).toBeLessThan(schedule.alphaBar[t - 1]!);
          expect(schedule.alphaBar[t]!).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 20 },
    ));

  test("has T = 1000 by default", () => expect(make().T).toBe(1000));

  test("refuses a T that counts nothing", () => {
    for (const T of [0, -1, 1.5, NaN]) expect(() => make({ T })).toThrow(new RegExp(`^${name}: T must be .*got ${T};`));
  });
});

test("left out, the options have their published values", () => {
  const published: [Schedule, Schedule][] = [
    [linear(), linear({ T: 1000, betaStart: 1e-4, betaEnd: 0.02 })],
    [scaledLinear(), scaledLinear({ T: 1000, betaStart: 0.00085, betaEnd: 0.012 })],
    [sigmoid(), sigmoid({ T: 1000, betaStart: 1e-4, betaEnd: 0.02 })],
    [constant(), constant({ T: 1000, beta: 0.02 })],
    [cosine(), cosine({ T: 1000, s: 0.008, maxBeta: 0.999 })],
    [sqrt(), sqrt({ T: 1000, s: 1e-4, maxBeta: 0.999 })],
    [linearLogSnr(), linearLogSnr({ T: 1000, logSnrStart: 10, logSnrEnd: -10 })],
  ];
  for (const [left, said] of published) expect(left).toEqual(said);
});

test("schedules from lists are called by what they are made from, unless they are given a name", () => {
  const made: [string, (name?: string) => Schedule][] = [
    ["alphaBar", (name) => fromAlphaBar([0.5], name)],
    ["alphas", (name) => fromAlphas([0.5], name)],
    ["betas", (name) => fromBetas([0.5], name)],
    ["logSnr", (name) => fromLogSnr([0], name)],
    ["noiseToSignal", (name) => fromNoiseToSignal([1], name)],
    ["function", (name) => fromAlphaBarFunction((u) => 1 - u / 2, { T: 1, ...(name !== undefined && { name }) })],
  ];
  for (const [name, make] of made) expect([make().name, make("mine").name]).toEqual([name, "mine"]);
  expect(rescaleZeroTerminalSnr(linear({ T: 2 })).name).toBe("linear, zero terminal SNR");
});

test("with one level there is the first value of a range, with two the first and the last", () => {
  const range = { betaStart: 0.1, betaEnd: 0.4 };
  for (const make of [linear, scaledLinear]) {
    close(betas(make({ T: 1, ...range }))[1]!, 0.1);
    betas(make({ T: 2, ...range })).forEach((beta, t) => close(beta, [0, 0.1, 0.4][t]!));
  }
  const ends = { logSnrStart: 3, logSnrEnd: -2 };
  close(logSnrs(linearLogSnr({ T: 1, ...ends }))[1]!, 3);
  expect(
    logSnrs(linearLogSnr({ T: 2, ...ends }))
      .slice(1)
      .map(Math.round),
  ).toEqual([3, -2]);
});

describe("the formulas of the papers", () => {
  const T = 40;
  const each = (schedule: Schedule, want: (u: number) => number) =>
    schedule.alphaBar.forEach((ab, t) => close(ab, want(t / T), 1e-11));

  test("linear, scaledLinear, sigmoid and constant betas", () => {
    const range = { T, betaStart: 0.003, betaEnd: 0.4 };
    const u = (t: number) => (t - 1) / (T - 1);
    const logistic = (x: number) => 1 / (1 + Math.exp(-x));
    const want: [Schedule, (t: number) => number][] = [
      [linear(range), (t) => 0.003 * (1 - u(t)) + 0.4 * u(t)],
      [scaledLinear(range), (t) => (Math.sqrt(0.003) * (1 - u(t)) + Math.sqrt(0.4) * u(t)) ** 2],
      [sigmoid(range), (t) => 0.003 + 0.397 * logistic(-6 + 12 * u(t))],
      [constant({ T, beta: 0.07 }), () => 0.07],
    ];
    for (const [schedule, beta] of want)
      betas(schedule).forEach((got, t) => (t === 0 ? expect(got).toBe(0) : close(got, beta(t))));
  });

  test("cosine: cos^2((u + s)/(1 + s) pi/2), with the last beta clipped unless asked not to", () => {
    const f = (u: number) => Math.cos(((u + 0.01) / 1.01) * (Math.PI / 2)) ** 2;
    const { alphaBar } = cosine({ T, s: 0.01 });
    for (let t = 1; t < T; t++) close(alphaBar[t]!, f(t / T) / f(0), 1e-11);
    close(alphaBar[T]!, 0.001 * alphaBar[T - 1]!);
    expect(cosine({ T, maxBeta: 1 }).alphaBar[T]).toBe(0);
  });

  test("sqrt: 1 - sqrt(u + s)", () => {
    const { alphaBar } = sqrt({ T, s: 0.04 });
    for (let t = 1; t < T - 1; t++) close(alphaBar[t]!, (1 - Math.sqrt(t / T + 0.04)) / 0.8, 1e-11);
  });

  test("linearAlphaBar: 1 - u, whatever T tabulates it", () => each(linearAlphaBar({ T }), (u) => 1 - u));

  test("linearLogSnr: the signal-to-noise ratio falls by one factor", () => {
    const list = logSnrs(linearLogSnr({ T, logSnrStart: 8, logSnrEnd: -12 }));
    for (let t = 1; t <= T; t++) close(list[t]!, 8 - (20 * (t - 1)) / (T - 1), 1e-9);
  });

  test("a continuous schedule has the same alphaBar at the same time for every T", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (coarse, factor) => {
        const f = (u: number) => Math.exp(-3 * u * u);
        const few = fromAlphaBarFunction(f, { T: coarse });
        const many = fromAlphaBarFunction(f, { T: coarse * factor });
        few.alphaBar.forEach((ab, t) => close(many.alphaBar[t * factor]!, ab));
      }),
    ));

  test("maxBeta clips the betas of a function whose betas increase", () => {
    const free = betas(linearAlphaBar({ T: 30 }));
    const clipped = betas(fromAlphaBarFunction((u) => 1 - u, { T: 30, maxBeta: 0.1 }));
    clipped.forEach((beta, t) => close(beta, Math.min(0.1, free[t]!)));
    // from the first step on
    betas(fromAlphaBarFunction((u) => 1 - u, { T: 3, maxBeta: 0.1 }))
      .slice(1)
      .forEach((beta) => close(beta, 0.1));
  });
});

describe("conversions", () => {
  test("of one alphaBar invert each other, for logSnr from -40 to 20", () =>
    fc.assert(
      fc.property(fc.double({ min: -40, max: 20, noNaN: true }), (l) => {
        const ab = alphaBarFromLogSnr(l);
        // alphaBar near 1 holds 1 - alphaBar to 2^-53 only
        const tolerance = 4e-16 * (1 + Math.exp(Math.max(0, l)));
        expect(Math.abs(logSnr(ab) - l)).toBeLessThanOrEqual(tolerance + 1e-14);
        close(alphaBarFromNoiseToSignal(noiseToSignal(ab)), ab);
        close(noiseToSignal(ab), Math.exp(-l / 2), tolerance + 1e-13);
      }),
    ));

  test("reach the ends: no noise and no data", () => {
    expect([logSnr(1), logSnr(0)]).toEqual([Infinity, -Infinity]);
    expect([alphaBarFromLogSnr(Infinity), alphaBarFromLogSnr(-Infinity)]).toEqual([1, 0]);
    expect([noiseToSignal(1), noiseToSignal(0)]).toEqual([0, Infinity]);
    expect([alphaBarFromNoiseToSignal(0), alphaBarFromNoiseToSignal(Infinity)]).toEqual([1, 0]);
  });

  test("of a schedule to betas, alphas, logSnr and noise-to-signal and back give the schedule", () =>
    fc.assert(
      fc.property(schedules, (schedule) => {
        // 1 - beta cannot tell a jump to almost pure noise from one to pure noise
        fc.pre(betas(schedule).every((beta, t) => beta < 1 || t === schedule.T));
        const back: Schedule[] = [
          fromBetas(betas(schedule).slice(1)),
          fromAlphas(alphas(schedule).slice(1)),
          fromLogSnr(logSnrs(schedule).slice(1)),
          fromNoiseToSignal(noiseToSignals(schedule).slice(1)),
          fromAlphaBar(schedule.alphaBar.slice(1)),
        ];
        // and holds a small alpha to 2^-53 only
        schedule.alphaBar.forEach((ab, t) => {
          expect(Math.abs(back[0]!.alphaBar[t]! - ab)).toBeLessThanOrEqual(1e-14);
          back.slice(1).forEach(({ alphaBar }) => close(alphaBar[t]!, ab));
        });
      }),
    ));

  test("have one entry for each t, 0 included", () => {
    const schedule = linear({ T: 3, betaStart: 0.1, betaEnd: 0.3 });
    close(betas(schedule)[3]!, 0.3);
    close(alphas(schedule)[3]!, 0.7);
    expect([betas, alphas, logSnrs, noiseToSignals].map((f) => f(schedule)[0])).toEqual([0, 1, Infinity, 0]);
    expect([betas, alphas, logSnrs, noiseToSignals].map((f) => f(schedule).length)).toEqual([4, 4, 4, 4]);
  });
});

describe("rescaleZeroTerminalSnr", () => {
  test("ends at 0, keeps the first level and the order, and shifts sqrt(alphaBar) linearly", () =>
    fc.assert(
      fc.property(schedules, (schedule) => {
        const { T, alphaBar } = schedule;
        fc.pre(T > 1 && Math.sqrt(alphaBar[T - 1]!) > Math.sqrt(alphaBar[T]!));
        const rescaled = rescaleZeroTerminalSnr(schedule).alphaBar;
        expect(rescaled[T]).toBe(0);
        close(rescaled[1]!, alphaBar[1]!);
        const [first, last] = [Math.sqrt(alphaBar[1]!), Math.sqrt(alphaBar[T]!)];
        alphaBar.slice(1).forEach((ab, i) => {
          const want = (first * (Math.sqrt(ab) - last)) / (first - last);
          expect(Math.abs(Math.sqrt(rescaled[i + 1]!) - want)).toBeLessThanOrEqual(1e-14);
        });
      }),
    ));

  test("cannot move the last level where it is the only one, or the same as the one before", () => {
    expect(() => rescaleZeroTerminalSnr(linear({ T: 1 }))).toThrow(/^rescaleZeroTerminalSnr: /);
    expect(() => rescaleZeroTerminalSnr(fromAlphaBar([0.9, 0.5, 0.5]))).toThrow(/^rescaleZeroTerminalSnr: /);
  });
});

describe("bad input", () => {
  test.each<[string, () => Schedule, RegExp]>([
    ["no level", () => fromBetas([]), /at least one/],
    ["a beta above 1", () => fromBetas([0.1, 1.5]), /beta\[2\].*got 1.5/],
    ["a negative beta", () => fromBetas([-0.1]), /beta\[1\]/],
    ["a beta that is no number", () => fromBetas([0.1, NaN]), /beta\[2\].*NaN/],
    ["a beta of 1 before the end", () => fromBetas([0.1, 1, 0.1]), /alphaBar\[2\].*got 0/],
    ["betas that make alphaBar underflow", () => constant({ beta: 0.9 }), /alphaBar\[\d+\].*got 0/],
    ["betaEnd above 1", () => linear({ betaEnd: 2 }), /beta\[\d+\]/],
    ["an alpha above 1", () => fromAlphas([1.1]), /alphaBar\[1\]/],
    ["an alphaBar that rises", () => fromAlphaBar([0.5, 0.6]), /alphaBar\[2\] must be in \(0, 0.5\].*got 0.6/],
    ["an alphaBar that begins above 1", () => fromAlphaBar([1.1]), /alphaBar\[1\]/],
    ["an alphaBar that ends below 0", () => fromAlphaBar([0.5, -0.1]), /alphaBar\[2\].*got -0.1/],
    ["an alphaBar that is no number", () => fromAlphaBar([NaN]), /alphaBar\[1\]/],
    ["logSnr that rises", () => fromLogSnr([0, 1]), /alphaBar\[2\]/],
    ["noise-to-signal that falls", () => fromNoiseToSignal([2, 1]), /alphaBar\[2\]/],
    ["a function that rises", () => fromAlphaBarFunction((u) => 1 + u, { T: 3 }), /alphaBar\[1\]/],
    ["a function of no numbers", () => fromAlphaBarFunction(() => NaN, { T: 3 }), /alphaBar\[1\]/],
    ["maxBeta 0", () => cosine({ maxBeta: 0 }), /maxBeta.*got 0/],
    ["maxBeta above 1", () => cosine({ maxBeta: 1.1 }), /maxBeta/],
    ["s that leaves no signal", () => sqrt({ s: 1 }), /alphaBar\[1\]/],
  ])("%s is refused", (_, make, message) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });
});
