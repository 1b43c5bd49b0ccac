import { normalTensor, ops, type Tensor, treeDispose, treeEntries, treeSize, valueAndGrad } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { labelTensor, unet, type UnetConfig, unetCost, unetPlan } from "../../src/index.ts";
import { backend } from "../backend.ts";
import { distance, expectGradient, expectOneTime, moved } from "../laws.ts";

beforeAll(backend);

const small: UnetConfig = { height: 8, width: 8, channels: 1, base: 8, groups: 4 };

/** Small nets that together have every feature. */
const configs: readonly [string, UnetConfig][] = [
  ["with the defaults", small],
  ["of one level", { ...small, mults: [1], midAttention: false }],
  ["of three levels and two blocks on a picture that is not square", { ...small, height: 4, width: 12, channels: 3, mults: [1, 2, 2], blocks: 2 }], // prettier-ignore
  ["with attention everywhere, in several heads", { ...small, attention: [8, 4], heads: 4 }],
  ["on patches", { ...small, height: 8, width: 12, channels: 2, patch: 2 }],
  ["with odd numbers of channels and groups", { ...small, channels: 5, base: 9, mults: [1, 3], groups: 3 }],
  ["with classes", { ...small, classes: 3 }],
];

const inputs = ({ height, width, channels, classes = 0 }: UnetConfig, batch = 2) => ({
  x: normalTensor(key(5), [batch, height, width, channels]),
  t: ops.tensor(
    Array.from({ length: batch }, (_, i) => 40 + 400 * i),
    [batch],
    "float32",
  ),
  labels:
    classes === 0
      ? undefined
      : labelTensor(
          Array.from({ length: batch }, (_, i) => i % classes),
          classes,
        ),
});

const apply = (
  config: UnetConfig,
  change: (given: ReturnType<typeof inputs>) => Partial<ReturnType<typeof inputs>> = () => ({}),
): Tensor => {
  const net = unet(config);
  const given = inputs(config);
  const { x, t, labels } = { ...given, ...change(given) };
  return net.apply(moved(net, 1), x, t, labels);
};

describe.each(configs)("a U-Net %s", (_, config) => {
  test("gives zero, of its input's shape, at the start", () => {
    const net = unet(config);
    const { x, t, labels } = inputs(config);
    const y = net.apply(net.init(key(0)), x, t, labels);
    expect(y.shape).toEqual(x.shape);
    expect(y.dataSync().every((v) => v === 0)).toBe(true);
  });

  test("has gradients that agree with central differences", () => {
    const net = unet(config);
    const { x, t, labels } = inputs(config);
    expectGradient(net, moved(net, 1), x, t, labels);
  });

  test("takes one t for all rows", () => {
    const net = unet(config);
    const { x, labels } = inputs(config);
    expectOneTime(net, moved(net, 1), x, labels);
  });

  test("has the parameters that its plan and its cost say", () => {
    const params = unet(config).init(key(0));
    expect(unetCost(config).parameters).toBe(treeSize(params));
    expect(treeEntries(params).length).toBeGreaterThan(20);
    const plan = unetPlan(config);
    expect(plan.conv_in.weight.shape).toEqual(params.conv_in.weight.shape);
  });

  test("treats the rows of a batch apart", () => {
    const net = unet(config);
    const params = moved(net, 1);
    const { x, t, labels } = inputs(config);
    const [first, ...rest] = x.shape as [number, ...number[]];
    const alone = net.apply(
      params,
      ops.slice(x, [1, 0, 0, 0], [1, ...rest]),
      ops.slice(t, [1], [1]),
      labels && ops.slice(labels, [1], [1]),
    );
    const together = ops.slice(net.apply(params, x, t, labels), [1, 0, 0, 0], [1, ...rest]);
    expect(first).toBe(2);
    expect(distance(alone, together)).toBeLessThan(1e-4);
  });
});

describe("a U-Net", () => {
  test("has as many parameters as a count by hand says", () => {
    const conv = (size: number, from: number, to: number) => size * size * from * to + to;
    const linear = (from: number, to: number) => from * to + to;
    const norm = (n: number) => 2 * n;
    const emb = 4 * 8;
    const resnet = (from: number, to: number) =>
      norm(from) +
      conv(3, from, to) +
      linear(emb, to) +
      norm(to) +
      conv(3, to, to) +
      (from === to ? 0 : conv(1, from, to));
    const attention = (n: number) => norm(n) + 4 * linear(n, n);
    const want =
      linear(8, emb) + linear(emb, emb) + 10 * emb + // t and class
      conv(3, 3, 8) + // in
      resnet(8, 8) + conv(3, 8, 8) + // down, 8 channels
      resnet(8, 16) + attention(16) + // down, 16 channels
      2 * resnet(16, 16) + attention(16) + // middle
      resnet(32, 16) + resnet(24, 16) + 2 * attention(16) + conv(3, 16, 16) + // up, 16 channels
      resnet(24, 8) + resnet(16, 8) + // up, 8 channels
      norm(8) + conv(3, 8, 3); // prettier-ignore
    expect(unetCost({ ...small, channels: 3, attention: [4], classes: 10 }).parameters).toBe(want);
  });

  test("costs as many multiply-adds as a count by hand says", () => {
    const [p0, p1] = [8 * 8, 4 * 4];
    const emb = 4 * 8;
    const resnet = (from: number, to: number, p: number) =>
      p * (9 * from * to + 9 * to * to + (from === to ? 0 : from * to)) + emb * to;
    const attention = p1 * 4 * 16 * 16 + 2 * p1 * p1 * 16;
    const want =
      8 * emb + emb * emb + // t
      p0 * 9 * 8 * 2 + // in and out
      resnet(8, 8, p0) + p1 * 9 * 8 * 8 + resnet(8, 16, p1) + // down
      2 * resnet(16, 16, p1) + attention + // middle
      resnet(32, 16, p1) + resnet(24, 16, p1) + p0 * 9 * 16 * 16 + // up, 16 channels
      resnet(24, 8, p0) + resnet(16, 8, p0); // prettier-ignore
    expect(unetCost(small).multiplyAdds).toBe(want);
  });

  test("answers otherwise at another time, to another label, and without one", () => {
    const config = { ...small, classes: 3 };
    const usual = apply(config);
    expect(distance(usual, apply(config))).toBe(0);
    expect(
      distance(
        usual,
        apply(config, ({ t }) => ({ t: ops.add(t, 100) })),
      ),
    ).toBeGreaterThan(0.01);
    expect(
      distance(
        usual,
        apply(config, () => ({ labels: labelTensor([2, 1], 3) })),
      ),
    ).toBeGreaterThan(0.01);
    expect(
      distance(
        usual,
        apply(config, () => ({ labels: labelTensor([-1, 1], 3) })),
      ),
    ).toBeGreaterThan(0.01);
  });

  test("sees the whole picture: each pixel of the output depends on a far corner of the input", () => {
    const config = { ...small, height: 4, width: 4 };
    const corner = ops.pad(ops.ones([2, 1, 1, 1]), [[0, 0], [0, 3], [0, 3], [0, 0]]); // prettier-ignore
    const change = ops.abs(
      ops.sub(
        apply(config),
        apply(config, ({ x }) => ({ x: ops.add(x, corner) })),
      ),
    );
    expect(Math.min(...change.dataSync())).toBeGreaterThan(0);
  });

  test("starts the same from the same key, and otherwise from another", () => {
    const [a, b, c] = [3, 3, 4].map((seed) => treeEntries(unet(small).init(key(seed))));
    a!.forEach(([path, leaf], i) => {
      expect(b![i]![0]).toBe(path);
      expect(b![i]![1].dataSync()).toEqual(leaf.dataSync());
    });
    const weight = (entries: typeof a) => entries!.find(([path]) => path === "conv_in.weight")![1].dataSync();
    expect(weight(a)).not.toEqual(weight(c));
  });

  test("keeps no tensors, neither forward nor backward nor when it throws", () => {
    const config = configs[3]![1];
    const net = unet(config);
    const { x, t } = inputs(config);
    const before = memory().numTensors;
    const params = net.init(key(0));
    const leaves = memory().numTensors - before;
    expect(leaves).toBe(treeEntries(params).length);
    net.apply(params, x, t).dispose();
    expect(memory().numTensors).toBe(before + leaves);
    const { value, grad } = valueAndGrad((p: typeof params) => ops.mean(ops.square(net.apply(p, x, t))))(params);
    value.dispose();
    treeDispose(grad);
    expect(() => net.apply({ ...params, conv_out: params.conv_in }, x, t)).toThrow();
    expect(memory().numTensors).toBe(before + leaves);
    treeDispose(params);
    expect(memory().numTensors).toBe(before);
  });

  test.each<[string, UnetConfig]>([
    ["height must be divisible by 4", { ...small, height: 6, mults: [1, 1, 1] }],
    ["width must be divisible by 6", { ...small, width: 8, patch: 3, height: 6 }],
    ["attention must name heights of features that occur, 8, 4, got 16", { ...small, attention: [16] }],
    ["groups must divide the channels of every level, got 3 for 8", { ...small, groups: 3 }],
    ["heads must divide the channels where there is attention, got 3 for 16", { ...small, heads: 3 }],
    ["base \\* mults\\[1\\] must be an integer", { ...small, mults: [1, 1.3] }],
    ["mults must name at least one level", { ...small, mults: [] }],
    ["channels must be an integer >= 1, got 0", { ...small, channels: 0 }],
    ["blocks must be an integer >= 1, got 1.5", { ...small, blocks: 1.5 }],
    ["normEps must be positive", { ...small, normEps: 0 }],
    ["classes must be an integer >= 0, got NaN", { ...small, classes: NaN }],
  ])("is refused where its configuration does not fit: %s", (message, config) => {
    expect(() => unet(config)).toThrow(RangeError);
    expect(() => unet(config)).toThrow(new RegExp(`^unet: ${message}`));
    expect(() => unetCost(config)).toThrow(RangeError);
  });

  test("refuses inputs that do not fit", () => {
    const { x, t } = inputs(small);
    const run = (config: UnetConfig, ...[x_, t_, labels]: [Tensor, Tensor, Tensor?]) => {
      const net = unet(config);
      return () => net.apply(net.init(key(0)), x_, t_, labels);
    };
    expect(run(small, ops.reshape(x, [2, 16, 4, 1]), t)).toThrow(
      /x must have the shape \[batch, 8, 8, 1\], got \[2, 16, 4, 1\]/,
    );
    expect(run(small, x, ops.concat([t, t]))).toThrow(
      /t must be float32 \[2\], or \[1\] for all rows, got float32 \[4\]/,
    );
    expect(run(small, x, t, labelTensor([0, 0], 1))).toThrow(/has no classes/);
    expect(run({ ...small, classes: 2 }, x, t)).toThrow(/has 2 classes; give labels/);
    expect(run({ ...small, classes: 2 }, x, t, t)).toThrow(/labels must be int32 \[2\], got float32 \[2\]/);
    expect(() => labelTensor([0, 3], 3)).toThrow(/labels must be integers in 0..2, or -1 for no class, got 3 in row 1/);
    expect(() => labelTensor([0.5], 3)).toThrow(/got 0.5 in row 0/);
  });
});
