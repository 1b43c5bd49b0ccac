import { ops } from "@nonmarkov/autodiff";
import { key, normal } from "@nonmarkov/random";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { atIndex, onTensors, pointCloud } from "../../src/index.ts";
import { backend } from "../backend.ts";

beforeAll(backend);

const alphaBars = fc.oneof(
  fc.constantFrom(0, 1e-300, 1e-12, 0.5, 1 - 1e-12),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

describe("pointCloud", () => {
  test("of one point is that point, exactly, wherever x is and whatever the noise", () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 5 }),
        alphaBars,
        (point, alphaBar) => {
          const x = normal(key(1), 3 * point.length);
          expect([...pointCloud([point]).x0(x, alphaBar)]).toEqual([...point, ...point, ...point].map((v) => v + 0));
        },
      ),
    ));

  test("is the average of the points, weighted by how likely each makes x", () => {
    const points = [0, 1, 2, 3].map((k) => normal(key(k), 3));
    const alphaBar = 0.7;
    const x = normal(key(9), 3);
    const likelihoods = points.map((p) =>
      Math.exp(p.reduce((sum, v, i) => sum - (x[i]! - Math.sqrt(alphaBar) * v) ** 2, 0) / (2 * (1 - alphaBar))),
    );
    const total = likelihoods.reduce((a, b) => a + b);
    const exact = pointCloud(points);
    exact.x0(x, alphaBar).forEach((v, i) => {
      expect(v).toBeCloseTo(
        points.reduce((sum, p, k) => sum + (likelihoods[k]! / total) * p[i]!, 0),
        12,
      );
    });
    const density = total / 4 / (2 * Math.PI * (1 - alphaBar)) ** 1.5;
    expect(exact.logDensity(x, alphaBar)[0]).toBeCloseTo(Math.log(density), 12);
  });

  test("at alphaBar = 1 is the nearest point, and the middle of two that are equally near", () => {
    const exact = pointCloud([[0, 0], [4, 0], [0, 9]]); // prettier-ignore
    expect([...exact.x0(Float64Array.of(1, 0.5, 3, 1, 2, 0), 1)]).toEqual([0, 0, 4, 0, 2, 0]);
  });

  test("a hair below alphaBar = 1 is the nearest point as well, without overflow", () => {
    const exact = pointCloud([[0, 0], [4, 0]]); // prettier-ignore
    expect([...exact.x0(Float64Array.of(1e8, 0.5), 1 - 2 ** -53)]).toEqual([4, 0]);
  });

  test("eps at alphaBar = 1 is 0 on a point, and an error elsewhere", () => {
    const exact = pointCloud([[1, 2], [4, 0]]); // prettier-ignore
    expect([...exact.eps(Float64Array.of(1, 2), 1)].map(Math.abs)).toEqual([0, 0]);
    expect(() => exact.eps(Float64Array.of(1, 2.5), 1)).toThrow(/off the data/);
    expect(() => exact.logDensity(Float64Array.of(1, 2), 1)).toThrow(/no density/);
  });

  test("on tensors it answers what it answers on rows, in float32, and makes one tensor", async () => {
    const points = [normal(key(0), 4), normal(key(1), 4)];
    const denoiser = atIndex(pointCloud(points).eps, [1, 0.9, 0.4]);
    const values = Float64Array.from(Float32Array.from(normal(key(2), 12)));
    const x = ops.tensor(Float32Array.from(values), [3, 2, 2, 1]);
    const got = await onTensors(denoiser)(x, 2);
    expect(got.shape).toEqual([3, 2, 2, 1]);
    expect(await got.data()).toEqual(Float32Array.from(denoiser(values, 2)));
    expect(await x.data()).toEqual(Float32Array.from(values));
  });

  test("names what is wrong", () => {
    expect(() => pointCloud([])).toThrow(/points must hold at least one row/);
    expect(() => pointCloud([[1], [1, 2]])).toThrow(/points\[1\] must have 1 numbers/);
  });
});
