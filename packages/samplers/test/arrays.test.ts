import { fillNormal, foldIn, key } from "@nonmarkov/random";
import { arraySpace, asX0, clipX0, dynamicThreshold, outputMap, slerp } from "@nonmarkov/samplers";
import { fromAlphaBar } from "@nonmarkov/schedule";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countingSpace, type Counted } from "./countingSpace.ts";

describe("arraySpace", () => {
  test("combines linearly, into a new array", () => {
    const [x, y] = [Float64Array.of(1, 2), Float64Array.of(10, 20)];
    expect(arraySpace().combine([2, -0.5], [x, y])).toEqual(Float64Array.of(-3, -6));
    expect(arraySpace().combine([1], [x])).not.toBe(x);
    expect(arraySpace().combine([], [])).toEqual(new Float64Array(0));
  });

  test("row i of the noise is drawn from foldIn(key, firstIndex + i)", () => {
    const noise = arraySpace({ rows: 2 }).normal(key(4), new Float64Array(6), 10);
    const want = new Float64Array(6);
    fillNormal(foldIn(key(4), 10), want, 0, 3);
    fillNormal(foldIn(key(4), 11), want, 3, 3);
    expect(noise).toEqual(want);
  });

  test("lengths that do not fit are RangeErrors", () => {
    for (const rows of [0, -1, 1.5, NaN])
      expect(() => arraySpace({ rows })).toThrow(`rows must be an integer >= 1, got ${rows}`);
    expect(() => arraySpace({ rows: 2 }).normal(key(0), new Float64Array(3), 0)).toThrow(/length 3 must divide into 2/);
    expect(() => arraySpace().combine([1, 1], [new Float64Array(2), new Float64Array(3)])).toThrow(/got 2 and 3/);
  });
});

describe("x0 maps", () => {
  test("clipX0 clips, and leaves its argument alone", () => {
    const x0 = Float64Array.of(-3, -0.5, 0.5, 3);
    expect(clipX0()(x0)).toEqual(Float64Array.of(-1, -0.5, 0.5, 1));
    expect(clipX0(2)(x0)).toEqual(Float64Array.of(-2, -0.5, 0.5, 2));
    expect(x0[0]).toBe(-3);
    expect(() => clipX0(0)).toThrow(/limit must be > 0, got 0/);
    expect(() => clipX0(NaN)).toThrow(RangeError);
  });

  test("dynamicThreshold bounds every sample by its own quantile of |x0|, between 1 and max", () => {
    const x0 = Float64Array.of(0, -2, 4, 0.1, 0.2, -0.3, 0, -20, 40);
    // medians: 2, 0.2 (raised to 1), 20 (lowered to 10)
    expect(dynamicThreshold({ ratio: 0.5, max: 10, rows: 3 })(x0)).toEqual(
      Float64Array.of(0, -1, 1, 0.1, 0.2, -0.3, 0, -1, 1),
    );
    // three quarters of the way to 4 from 2
    expect(dynamicThreshold({ ratio: 0.875, max: 10 })(Float64Array.of(0, -2, 4))[2]).toBe(1);
    expect(dynamicThreshold({ ratio: 0.875, max: 10 })(Float64Array.of(0, -2, 4))[1]).toBeCloseTo(-2 / 3.5, 15);
  });

  test("dynamicThreshold sorts, interpolates, and clips at max even where the quantile is above", () => {
    const x0 = Float64Array.of(4, -15, 0, 40, 1);
    // |x0| sorted: 0, 1, 4, 15, 40
    expect([...dynamicThreshold({ ratio: 0.5, max: 100 })(x0)]).toEqual([1, -1, 0, 1, 0.25]);
    expect([...dynamicThreshold({ ratio: 0.625, max: 100 })(x0)]).toEqual([4 / 9.5, -1, 0, 1, 1 / 9.5]);
    expect([...dynamicThreshold({ ratio: 1, max: 10 })(x0)]).toEqual([0.4, -1, 0, 1, 0.1]);
    expect([...dynamicThreshold({ ratio: 0, max: 10 })(x0)]).toEqual([1, -1, 0, 1, 1]);
  });

  test("dynamicThreshold's options are 0.995, 1 and 1 where they are left out; of nothing it makes nothing", () => {
    const x0 = Float64Array.from({ length: 300 }, (_, i) => Math.sin(i * i) * 5);
    expect(dynamicThreshold({ max: 9 })(x0)).toEqual(dynamicThreshold({ ratio: 0.995, max: 9, rows: 1 })(x0));
    expect(dynamicThreshold()(x0)).toEqual(clipX0(1)(x0));
    expect(dynamicThreshold()(new Float64Array(0))).toEqual(new Float64Array(0));
  });

  test.each([
    [{ ratio: 1.1 }],
    [{ ratio: -0.1 }],
    [{ ratio: NaN }],
    [{ max: 0.5 }],
    [{ max: NaN }],
    [{ rows: 0 }],
    [{ rows: 1.5 }],
  ])("dynamicThreshold(%o) is a RangeError", (options) => {
    expect(() => dynamicThreshold(options)).toThrow(RangeError);
  });

  test("dynamicThreshold refuses a vector that is no whole number of rows", () => {
    expect(() => dynamicThreshold({ rows: 2 })(new Float64Array(3))).toThrow(/must divide into 2 rows/);
  });
});

describe("outputMap", () => {
  test("every prediction of one (x0, eps) gives that x0 and eps back", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        (a, x0, eps) => {
          const x = Math.sqrt(a) * x0 + Math.sqrt(1 - a) * eps;
          const outputs = {
            eps,
            x0,
            v: Math.sqrt(a) * eps - Math.sqrt(1 - a) * x0,
            score: -eps / Math.sqrt(1 - a),
          } as const;
          for (const [prediction, output] of Object.entries(outputs)) {
            const map = outputMap(prediction as keyof typeof outputs, a);
            expect(map.x0[0] * x + map.x0[1] * output).toBeCloseTo(x0, 11);
            expect(map.eps[0] * x + map.eps[1] * output).toBeCloseTo(eps, 11);
          }
        },
      ),
    );
  });
});

test("outputMap says where an output does not determine x0 or eps, and refuses other predictions", () => {
  expect(outputMap("eps", 0).x0).toEqual([Infinity, -Infinity]);
  expect(outputMap("score", 0).x0).toEqual([Infinity, Infinity]);
  expect(outputMap("x0", 1).eps).toEqual([Infinity, -Infinity]);
  expect(outputMap("score", 1).eps).toEqual([0, -Infinity]);
  expect(() => outputMap("noise" as never, 0.5)).toThrow(/"eps", "x0", "v" or "score", got "noise"/);
});

describe("asX0", () => {
  const schedule = fromAlphaBar([0.8, 0.3, 0]);

  test("gives the wrapped denoiser's x0, changed by mapX0, and owns nothing in the end", async () => {
    const { space, make, live } = countingSpace();
    const denoiser = asX0<Counted>({
      denoiser: ({ data }) => make(data.map(Math.sin)),
      schedule,
      space,
      mapX0: ({ data }) => make(clipX0(0.5)(data)),
    });
    const x = make(Float64Array.of(1, 0.01));
    const { data } = await denoiser(x, 2);
    expect(data[0]).toBe(0.5);
    expect(data[1]).toBeCloseTo((0.01 - Math.sqrt(0.7) * Math.sin(0.01)) / Math.sqrt(0.3), 15);
    expect(live()).toBe(2);
  });

  test("without mapX0 it gives x0 as predicted, in a space that has nothing to free, too", async () => {
    const denoiser = asX0({ denoiser: (x: Float64Array) => x.map(Math.cos), schedule, space: arraySpace() });
    const [x0] = await denoiser(Float64Array.of(0.7), 1);
    expect(x0).toBeCloseTo((0.7 - Math.sqrt(0.2) * Math.cos(0.7)) / Math.sqrt(0.8), 14);
  });

  test("frees everything when mapX0 fails", async () => {
    const { space, make, live } = countingSpace();
    const denoiser = asX0<Counted>({
      denoiser: ({ data }) => make(data),
      schedule,
      space,
      mapX0: () => Promise.reject(new Error("no")),
    });
    await expect((async () => denoiser(make(Float64Array.of(1)), 1))()).rejects.toThrow("no");
    expect(live()).toBe(1);
  });

  test.each([3, 4, 2.5])("is a RangeError at t = %s, where x0 is not determined", async (t) => {
    const denoiser = asX0({ denoiser: (x: Float64Array) => x.slice(), schedule, space: arraySpace() });
    await expect((async () => denoiser(Float64Array.of(1), t))()).rejects.toThrow(RangeError);
  });
});

describe("slerp", () => {
  const vectors = (n: number) =>
    fc
      .array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: n, maxLength: n })
      .map((v) => Float64Array.from(v));
  const dot = (x: Float64Array, y: Float64Array): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);

  test("begins at x, ends at y, and on the sphere stays on it at the angle u·θ from x", () => {
    fc.assert(
      fc.property(vectors(5), vectors(5), fc.double({ min: 0, max: 1, noNaN: true }), (p, q, u) => {
        fc.pre(Math.hypot(...p) > 0.1 && Math.hypot(...q) > 0.1);
        const x = p.map((value) => (3 * value) / Math.hypot(...p));
        const y = q.map((value) => (3 * value) / Math.hypot(...q));
        const theta = Math.acos(Math.min(1, Math.max(-1, dot(x, y) / 9)));
        fc.pre(theta > 1e-3 && theta < Math.PI - 1e-3);
        slerp(x, y, 0).forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 10));
        slerp(x, y, 1).forEach((value, i) => expect(value).toBeCloseTo(y[i]!, 10));
        const z = slerp(x, y, u);
        expect(Math.hypot(...z)).toBeCloseTo(3, 9);
        expect(dot(x, z) / 9).toBeCloseTo(Math.cos(u * theta), 9);
        expect(dot(y, z) / 9).toBeCloseTo(Math.cos((1 - u) * theta), 9);
      }),
    );
  });

  test("equal vectors stay, however close; parallel ones change their length linearly", () => {
    const x = Float64Array.of(1, -2, 3);
    slerp(x, x, 0.3).forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 14));
    slerp(
      x,
      x.map((value) => 3 * value),
      0.5,
    ).forEach((value, i) => expect(value).toBeCloseTo(2 * x[i]!, 14));
    for (const e of [1e-6, 1e-8, 1e-10, 1e-14]) {
      const y = Float64Array.of(1 + e, -2, 3);
      slerp(x, y, 0.5).forEach((value, i) => expect(value).toBeCloseTo((x[i]! + y[i]!) / 2, 11));
    }
  });

  test.each([2, 3, 4, 7])("between opposite vectors of dimension %i it takes one great circle", (n) => {
    for (const x of [
      Float64Array.from({ length: n }, (_, i) => Math.cos(i + 1)),
      Float64Array.from({ length: n }, (_, i) => (i === n - 1 ? 2 : 0)),
    ]) {
      const y = x.map((value) => -2 * value);
      slerp(x, y, 0).forEach((value, i) => expect(value).toBeCloseTo(x[i]!, 12));
      slerp(x, y, 1).forEach((value, i) => expect(value).toBeCloseTo(y[i]!, 12));
      const middle = slerp(x, y, 0.5);
      expect(dot(x, middle)).toBeCloseTo(0, 12);
      expect(Math.hypot(...middle)).toBeCloseTo(1.5 * Math.hypot(...x), 12);
    }
  });

  test("where nothing is left to turn to in the plane, it turns into the first entry", () => {
    slerp([0, 0, 2], [0, 0, -2], 0.5).forEach((value, i) => expect(value).toBeCloseTo([2, 0, 0][i]!, 12));
  });

  test.each([1.5e-7, 1e-5])("at %s from opposite there is one great circle, and it is taken", (short) => {
    const y = Float64Array.of(-Math.cos(short), 0, Math.sin(short));
    slerp([1, 0, 0], y, 0.5).forEach((value, i) => expect(value).toBeCloseTo([short / 2, 0, 1][i]!, 7));
  });

  test("nothing divides by zero: zero vectors and single numbers are interpolated linearly", () => {
    expect(slerp([0, 0], [2, 4], 0.5)).toEqual(Float64Array.of(1, 2));
    expect(slerp([2, 4], [0, 0], 0.25)).toEqual(Float64Array.of(1.5, 3));
    expect(slerp([2], [-2], 0.25)).toEqual(Float64Array.of(1));
  });

  test("arrays of two lengths, and a u that is no number, are RangeErrors", () => {
    expect(() => slerp([1, 2], [1], 0.5)).toThrow(/slerp: x and y must have one length, got 2 and 1/);
    expect(() => slerp([1], [1], NaN)).toThrow(RangeError);
  });
});
