import { slerp } from "@nonmarkov/samplers";
import { key, normal } from "@nonmarkov/random";
import fc from "fast-check";
import { expect, test } from "vitest";
import { between } from "./arbitraries.ts";
import { expectNear } from "./expectNear.ts";

const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  Array.from(x).reduce((sum, value, i) => sum + value * y[i]!, 0);
const latents = fc.tuple(fc.nat(10_000), fc.integer({ min: 2, max: 40 }));

test("(67): slerp is sin((1-u)θ)/sin θ x + sin(uθ)/sin θ y, θ = arccos(x·y / |x||y|), also beyond 0..1", () => {
  fc.assert(
    fc.property(latents, between(-0.5, 1.5), ([seed, n], u) => {
      const [x, y] = [normal(key(seed), n), normal(key(seed + 20_000), n)];
      const cosine = dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
      fc.pre(Math.abs(cosine) < 0.999);
      const theta = Math.acos(cosine);
      slerp(x, y, u).forEach((value, i) => {
        const want = (Math.sin((1 - u) * theta) * x[i]! + Math.sin(u * theta) * y[i]!) / Math.sin(theta);
        expectNear(value, want, 1e-11, (Math.abs(x[i]!) + Math.abs(y[i]!)) / Math.sin(theta));
      });
    }),
    { numRuns: 300 },
  );
});

test("(67): it turns at an even pace: slerp of slerps is slerp, and the way back is the same", () => {
  fc.assert(
    fc.property(latents, between(0, 1), between(0, 1), ([seed, n], u, v) => {
      const x = normal(key(seed), n);
      const raw = normal(key(seed + 20_000), n);
      // of one length: then all of the way lies on one sphere
      const y = raw.map((value) => value * Math.sqrt(dot(x, x) / dot(raw, raw)));
      const cosine = dot(x, y) / dot(x, x);
      fc.pre(Math.abs(cosine) < 0.99 && u > 0.01);
      const size = Math.sqrt(dot(x, x));
      const part = slerp(x, y, u);
      expectNear(Math.sqrt(dot(part, part)), size, 1e-11);
      slerp(x, part, v).forEach((value, i) => expectNear(value, slerp(x, y, u * v)[i]!, 1e-9, size));
      slerp(y, x, 1 - u).forEach((value, i) => expectNear(value, part[i]!, 1e-11, size));
    }),
    { numRuns: 200 },
  );
});

test("(67): between two independent latents it keeps what a latent is like: mean 0 and variance 1, where the straight line's middle has 1/2", () => {
  const n = 100_000;
  const [x, y] = [normal(key(1), n), normal(key(2), n)];
  for (const u of [0, 0.25, 0.5, 0.75, 1]) {
    const z = slerp(x, y, u);
    const mean = z.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    // the two norms and their angle are each random to about 1/√n
    expect(Math.abs(dot(z, z) / n - 1)).toBeLessThan(8 / Math.sqrt(n));
  }
  const line = x.map((value, i) => (value + y[i]!) / 2);
  expect(dot(line, line) / n).toBeCloseTo(0.5, 1);
});
