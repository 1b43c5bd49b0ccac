import { key, normal } from "@nonmarkov/random";
import { describe, expect, test } from "vitest";
import { type Gaussian, gaussianFlow, gaussianMixture } from "../../src/index.ts";

const gaussian: Gaussian = { mean: [1, -0.5], covariance: [[1.5, 0.6], [0.6, 0.4]] }; // prettier-ignore
const noiseToSignal = (alphaBar: number) => Math.sqrt((1 - alphaBar) / alphaBar);

describe("gaussianFlow", () => {
  test("solves d xbar = eps d sigma, eq. (14), with the exact eps", () => {
    const flow = gaussianFlow(gaussian);
    const exact = gaussianMixture({ means: [gaussian.mean], covariances: [gaussian.covariance] });
    const xT = normal(key(0), 6);
    const from = 0.2;
    const xbar = (alphaBar: number) => flow(xT, from, alphaBar).map((v) => v / Math.sqrt(alphaBar));
    const h = 1e-5;
    for (const alphaBar of [0.05, 0.2, 0.5, 0.9]) {
      const dSigma = noiseToSignal(alphaBar + h) - noiseToSignal(alphaBar - h);
      const [above, below] = [xbar(alphaBar + h), xbar(alphaBar - h)];
      const eps = exact.eps(flow(xT, from, alphaBar), alphaBar);
      eps.forEach((e, i) => expect((above[i]! - below[i]!) / dSigma).toBeCloseTo(e, 6));
    }
  });

  test("there and back, and in two moves instead of one, is the same", () => {
    const flow = gaussianFlow(gaussian);
    const x = normal(key(1), 8);
    const direct = flow(x, 0.01, 1);
    flow(direct, 1, 0.01).forEach((v, i) => expect(v).toBeCloseTo(x[i]!, 12));
    flow(flow(x, 0.01, 0.4), 0.4, 1).forEach((v, i) => expect(v).toBeCloseTo(direct[i]!, 12));
    flow(x, 0.3, 0.3).forEach((v, i) => expect(v).toBeCloseTo(x[i]!, 12));
  });

  test("takes N(0, I) at alphaBar = 0 to the data's own mean and covariance at alphaBar = 1", () => {
    const flow = gaussianFlow(gaussian);
    const image = (x: number, y: number) => flow(Float64Array.of(x, y), 0, 1);
    const origin = image(0, 0);
    origin.forEach((v, i) => expect(v).toBeCloseTo(gaussian.mean[i]!, 12));
    const columns = [image(1, 0), image(0, 1)].map((column) => column.map((v, i) => v - origin[i]!));
    const covariance = [0, 1].map((i) => [0, 1].map((j) => columns.reduce((sum, c) => sum + c[i]! * c[j]!, 0)));
    covariance.flat().forEach((v, i) => expect(v).toBeCloseTo([1.5, 0.6, 0.6, 0.4][i]!, 12));
  });

  test("leads every trajectory of a point mass into the point, which no trajectory leaves", () => {
    const flow = gaussianFlow({ mean: [3], covariance: 0 });
    expect([...flow(Float64Array.of(-7, 0.2), 0.5, 1)]).toEqual([3, 3]);
    expect(() => flow(Float64Array.of(3), 1, 0.5)).toThrow(/no trajectory that leaves/);
  });
});
