import { expect, test } from "vitest";
import { combine } from "../../src/shaders/combine.ts";
import { runShading } from "./reference/runShading.ts";

test.each([
  [1, [4]],
  [2, [3, 5]],
  [3, [8]],
  [13, [257]],
] as const)("%i vectors are added, each times its coefficient, at every place of [%o]", async (count, shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const coefs = Array.from({ length: count }, (_, i) => Math.fround(Math.sin(i + 1)));
  const vectors = coefs.map((_, i) => Float32Array.from({ length: size }, (_, j) => Math.cos(7 * i + j)));
  const [got] = await runShading(combine(coefs, shape), vectors);
  for (let j = 0; j < size; j++) {
    const want = coefs.reduce((sum, c, i) => sum + c * vectors[i]![j]!, 0);
    expect(Math.abs(got![j]! - want)).toBeLessThan(1e-6 * count);
  }
});

test("all combinations of as many vectors share one shader", () => {
  const [a, b] = [combine([0.5, 2], [16]), combine([-1, 0.1], [16])];
  expect(a.dispatches).toEqual(b.dispatches);
});
