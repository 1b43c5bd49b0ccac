import { normalTensor, ops, type Tensor, treeDispose, treeEntries, treeSize, valueAndGrad } from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { labelTensor, shiftTime, unet, type UnetConfig, unetCost, unetPlan } from "../../src/index.ts";
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
  ["with more outputs, attention on the way up, and t in another order", { ...small, outputs: 2, attention: [8], attentionUp: [4], headWidth: 4, embedding: 12, cosFirst: true, frequencyShift: 0, downPadding: "both" }], // prettier-ignore
  ["that scales and shifts, and resizes in residual blocks", { ...small, height: 16, mults: [1, 1, 2], scaleShift: true, midGroups: 0, midScale: 1.5, resnetDown: [8], resnetUp: [4], centred: true }], // prettier-ignore
  ["with numbers for labels", { ...small, labels: "number", cosFirst: true }],
  ["with vectors for labels", { ...small, labels: "vector", embedding: 6, outputs: 3, patch: 2 }],
];

const labelsFor = ({ classes = 0, labels, embedding = 32 }: UnetConfig, batch: number): Tensor | undefined => {
  if (labels === "number") return ops.tensor(Array.from({ length: batch }, (_, i) => 3 + 20 * i), [batch], "float32"); // prettier-ignore
  if (labels === "vector") return normalTensor(key(6), [batch, embedding]);
  const rows = Array.from({ length: batch }, (_, i) => i % classes);
  return classes === 0 ? undefined : labelTensor(rows, classes);
};

const inputs = (config: UnetConfig, batch = 2) => ({
  x: normalTensor(key(5), [batch, config.height, config.width, config.channels]),
  t: ops.tensor(
    Array.from({ length: batch }, (_, i) => 40 + 400 * i),
    [batch],
    "float32",
  ),
  labels: labelsFor(config, batch),
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
  test("gives zero, of its input's shape but for the number of outputs, at the start", () => {
    const net = unet(config);
    const { x, t, labels } = inputs(config);
    const y = net.apply(net.init(key(0)), x, t, labels);
    expect(y.shape).toEqual([...x.shape.slice(0, -1), config.outputs ?? config.channels]);
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

  test("gives the same when it is recorded and replayed", () => {
    const net = unet(config);
    const params = moved(net, 1);
    const { x, t, labels } = inputs(config);
    const recorded = jit((p: typeof params, ...rest: [Tensor, Tensor, Tensor?]) => net.apply(p, ...rest));
    const eager = net.apply(params, x, t, labels);
    for (const attempt of ["recorded", "replayed"])
      expect(distance(recorded(params, x, t, labels), eager), attempt).toBeLessThan(1e-5);
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
      labels && ops.slice(labels, 1, 1),
    );
    const together = ops.slice(net.apply(params, x, t, labels), 1, 1);
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

  test("counts its variants as a count by hand says", () => {
    const usual = unetCost({ ...small, channels: 3 });
    const change = (config: Partial<UnetConfig>) => {
      const { parameters, multiplyAdds } = unetCost({ ...small, channels: 3, ...config });
      return [parameters - usual.parameters, multiplyAdds - usual.multiplyAdds];
    };
    expect(change({ outputs: 6 })).toEqual([3 * (9 * 8 + 1), 64 * 3 * 9 * 8]);
    expect(change({ scaleShift: true })).toEqual([33 * 104, 32 * 104]); // what the eight blocks embed t in, once more
    expect(change({ midGroups: 0 })).toEqual([-2 * 16, 0]);
    const attention = 16 * (4 * 16 * 16 + 2 * 16 * 16);
    expect(change({ attentionUp: [4] })).toEqual([2 * (2 * 16 + 4 * 17 * 16), 2 * attention]);
    const own = 2 * 2 * 8 + (9 * 8 * 8 + 8) + 33 * 8; // two norms, one convolution more, what t is embedded in
    expect(change({ resnetDown: [8] })).toEqual([own, 16 * 9 * 8 * 8 + 32 * 8]);
    expect(change({ labels: "number" })).toEqual([9 * 32 + 33 * 32, 8 * 32 + 32 * 32]);
    expect(change({ labels: "vector" })).toEqual([0, 0]);
    expect(change({ centred: true, cosFirst: true, downPadding: "both", midScale: 2, headWidth: 2 })).toEqual([0, 0]);
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

  test.each([
    ["sines first", small],
    ["cosines first, of an odd number of channels", { ...configs[5]![1], cosFirst: true, frequencyShift: 0 }],
  ])("counts time from elsewhere with parameters that were turned: %s", (_, config) => {
    const net = unet(config);
    const params = moved(net, 1);
    const { x, t } = inputs(config);
    const before = memory().numTensors;
    const turned = shiftTime(config, params, 1);
    expect(memory().numTensors - before).toBe(treeEntries(params).length);
    const wanted = net.apply(params, x, ops.add(t, 1));
    expect(distance(net.apply(turned, x, t), wanted)).toBeLessThan(1e-4);
    expect(distance(net.apply(params, x, t), wanted)).toBeGreaterThan(1e-3);
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
    ["attentionUp must name heights of features that occur, 8, 4, got 2", { ...small, attentionUp: [2] }],
    ["resnetDown must name heights of features that occur, 8, got 4", { ...small, resnetDown: [4] }],
    ["resnetUp must name heights of features that occur, 4, got 8", { ...small, resnetUp: [8] }],
    ["headWidth must divide the channels where there is attention, got 3 for 16", { ...small, headWidth: 3 }],
    ["heads and headWidth exclude each other, got 2 and 4", { ...small, headWidth: 4, heads: 2 }],
    ["midGroups must divide the last level's channels, got 3 for 16", { ...small, midGroups: 3 }],
    ["midScale must be positive and finite, got 0", { ...small, midScale: 0 }],
    ["frequencyShift must be below .* got 4 for 4", { ...small, frequencyShift: 4 }],
    ["classes and labels exclude each other", { ...small, classes: 2, labels: "number" }],
    ['labels must be "number" or "vector", got "word"', { ...small, labels: "word" as "number" }],
    ['downPadding must be "end" or "both", got 1', { ...small, downPadding: 1 as unknown as "end" }],
    ["outputs must be an integer >= 1, got 0", { ...small, outputs: 0 }],
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
    expect(run({ ...small, labels: "vector" }, x, t, t)).toThrow(/labels must be float32 \[2, 32\], got float32 \[2\]/);
    expect(run({ ...small, labels: "number" }, x, t)).toThrow(/takes labels, float32 \[2\]; give them/);
    expect(run({ ...small, classes: 2 }, x, t, t)).toThrow(/labels must be int32 \[2\], got float32 \[2\]/);
    expect(() => labelTensor([0, 3], 3)).toThrow(/labels must be integers in 0..2, or -1 for no class, got 3 in row 1/);
    expect(() => labelTensor([0.5], 3)).toThrow(/got 0.5 in row 0/);
  });
});
