import { normalTensor, ops, treeDispose, treeEntries, treeSize, valueAndGrad } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { labelTensor, mlp, type MlpConfig, mlpCost, mlpPlan } from "../../src/index.ts";
import { backend } from "../backend.ts";
import { distance, expectGradient, expectOneTime, moved } from "../laws.ts";

beforeAll(backend);

const configs: readonly [string, MlpConfig][] = [
  ["of a small size", { hidden: 16, frequencies: 8 }],
  ["of three numbers, with classes", { dim: 3, hidden: 16, depth: 2, frequencies: 8, classes: 4 }],
  ["of odd sizes", { dim: 1, hidden: 7, depth: 1, frequencies: 5 }],
  ["without residual layers", { hidden: 8, depth: 0, frequencies: 8 }],
];

const inputs = ({ dim = 2, classes = 0 }: MlpConfig) => ({
  x: normalTensor(key(5), [4, dim]),
  t: ops.tensor([1, 30, 500, 1000], [4], "float32"),
  labels: classes === 0 ? undefined : labelTensor([0, 1, classes - 1, -1], classes),
});

describe.each(configs)("an MLP %s", (_, config) => {
  test("gives zero, of its input's shape, at the start", () => {
    const net = mlp(config);
    const { x, t, labels } = inputs(config);
    const y = net.apply(net.init(key(0)), x, t, labels);
    expect(y.shape).toEqual(x.shape);
    expect(y.dataSync().every((v) => v === 0)).toBe(true);
  });

  test("has gradients that agree with central differences", () => {
    const net = mlp(config);
    const { x, t, labels } = inputs(config);
    expectGradient(net, moved(net, 1), x, t, labels);
  });

  test("takes one t for all rows", () => {
    const net = mlp(config);
    const { x, labels } = inputs(config);
    expectOneTime(net, moved(net, 1), x, labels);
  });

  test("has the parameters that its plan, its cost and a count by hand say", () => {
    const { dim = 2, hidden = 128, depth = 3, frequencies = 64, classes = 0 } = config;
    const linear = (from: number, to: number) => from * to + to;
    const want =
      linear(frequencies, hidden) +
      linear(hidden, hidden) * (1 + 3 * depth) +
      classes * hidden +
      linear(dim, hidden) +
      linear(hidden, dim);
    const params = mlp(config).init(key(0));
    expect(treeSize(params)).toBe(want);
    expect(mlpCost(config).parameters).toBe(want);
    expect(mlpCost(config).multiplyAdds).toBe(
      frequencies * hidden + hidden ** 2 * (1 + 3 * depth) + classes * hidden + 2 * dim * hidden,
    );
    expect(mlpPlan(config).linear_out.weight.shape).toEqual(params.linear_out.weight.shape);
  });
});

describe("an MLP", () => {
  test("answers otherwise at another time, to another label, and without one", () => {
    const config = configs[1]![1];
    const net = mlp(config);
    const params = moved(net, 1);
    const { x, t, labels } = inputs(config);
    const usual = net.apply(params, x, t, labels);
    const otherwise = [
      net.apply(params, x, ops.add(t, 1), labels),
      net.apply(params, x, t, labelTensor([3, 1, 3, -1], 4)),
      net.apply(params, x, t, labelTensor([-1, 1, 3, -1], 4)),
    ];
    expect(distance(usual, net.apply(params, x, t, labels))).toBe(0);
    for (const other of otherwise) expect(distance(usual, other)).toBeGreaterThan(1e-3);
  });

  test("starts the same from the same key, and otherwise from another", () => {
    const weight = (seed: number) => mlp(configs[0]![1]).init(key(seed)).linear_in.weight.dataSync();
    expect(weight(3)).toEqual(weight(3));
    expect(weight(3)).not.toEqual(weight(4));
  });

  test("starts with weights of variance 1 / mean(fan in, fan out), each drawn apart", () => {
    const { linear_in, blocks } = mlp({ dim: 64, hidden: 192 }).init(key(1));
    const values = [...linear_in.weight.dataSync()];
    const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
    expect(variance * 128).toBeGreaterThan(0.97);
    expect(variance * 128).toBeLessThan(1.03);
    const [a, b] = [blocks[0]!, blocks[1]!].map(({ linear_1 }) => [...linear_1.weight.dataSync()]) as [
      number[],
      number[],
    ];
    const correlation = a.reduce((sum, v, i) => sum + v * b[i]!, 0) / a.reduce((sum, v) => sum + v * v, 0);
    expect(Math.abs(correlation)).toBeLessThan(5 / 192);
  });

  test("keeps no tensors, neither forward nor backward nor when it throws", () => {
    const net = mlp(configs[0]![1]);
    const { x, t } = inputs(configs[0]![1]);
    const before = memory().numTensors;
    const params = net.init(key(0));
    const leaves = treeEntries(params).length;
    net.apply(params, x, t).dispose();
    const { value, grad } = valueAndGrad((p: typeof params) => ops.mean(ops.square(net.apply(p, x, t))))(params);
    value.dispose();
    treeDispose(grad);
    expect(() => net.apply({ ...params, linear_in: params.linear_out }, x, t)).toThrow();
    expect(memory().numTensors).toBe(before + leaves);
    treeDispose(params);
    expect(memory().numTensors).toBe(before);
  });

  test.each<[string, MlpConfig]>([
    ["dim must be an integer >= 1, got 0", { dim: 0 }],
    ["hidden must be an integer >= 1, got 1.5", { hidden: 1.5 }],
    ["depth must be an integer >= 0, got -1", { depth: -1 }],
    ["frequencies must be an integer >= 2, got 1", { frequencies: 1 }],
    ["classes must be an integer >= 0, got NaN", { classes: NaN }],
  ])("is refused where its configuration does not fit: %s", (message, config) => {
    expect(() => mlp(config)).toThrow(RangeError);
    expect(() => mlp(config)).toThrow(`mlp: ${message}`);
  });
});
