import { beforeAll, describe, expect, test } from "vitest";
import { forward, geometryOf } from "./reference/convolution.ts";
import { expectNear } from "./reference/errors.ts";
import { startGuarded } from "./reference/guarded.ts";
import { matMul } from "./reference/matMul.ts";
import { drawn, type Numbers } from "./reference/numbers.ts";
import { commandsOf, runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

const activations: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
  relu6: (x) => Math.min(Math.max(0, x), 6),
};

/** f(x + bias), of sums with or without a bias for each of the last axis. */
const finished = (data: Float64Array, bias: Numbers | undefined, f: (x: number) => number): Float64Array =>
  data.map((v, i) => f(v + (bias === undefined ? 0 : bias.data[i % bias.data.length]!)));

describe("tfjs's fused kernels are a product, plus a bias, and an activation", () => {
  test.each(Object.entries(activations))("%s", (activation, f) => {
    for (const bias of [undefined, drawn([13], 3)]) {
      const rest = bias === undefined ? {} : { bias };
      const [a, b] = [drawn([1, 9, 7], 1), drawn([1, 7, 13], 2)];
      const settings = { transposeA: false, transposeB: false, activation };
      const product = matMul(a, b, false, false);
      const made = runOne("_FusedMatMul", { a, b, ...rest }, settings);
      expectNear(made, { ...product, data: finished(product.data, bias, f) }, 1e-6, "matrices");

      for (const strides of [1, 2]) {
        const [x, filter] = [drawn([2, 9, 8, 6], 4), drawn([3, 3, 6, 13], 5)];
        const attrs = { strides, pad: "same", dilations: 1, dataFormat: "NHWC", activation } as const;
        const sums = forward(geometryOf(x.shape, filter.shape, attrs), x.data, filter.data);
        const images = runOne("FusedConv2D", { x, filter, ...rest }, attrs);
        expectNear(images, { ...sums, data: finished(sums.data, bias, f) }, 4e-5, `stride ${strides}`);
      }
    }
  });

  test("by the machine for what it knows, by tfjs else", () => {
    const ways = (activation: string) => commandsOf("_FusedMatMul", [[2, 3], [3, 4], [4]], { activation }); // prettier-ignore
    expect(["linear", "relu", "elu", "prelu"].map((a) => ways(a)?.includes("gemm") ?? false)).toEqual([true, true, true, false]); // prettier-ignore
  });
});
