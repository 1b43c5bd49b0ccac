import { normalTensor, ops, own, type Tensor, treeDispose, treeEntries, valueAndGrad } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { expect, test } from "vitest";
import { labelTensor, unet } from "../../src/index.ts";
import { moved } from "../laws.ts";

// prettier-ignore
const config = { height: 8, width: 16, channels: 1, base: 4, mults: [1, 1], groups: 2, attention: [2], midAttention: false, heads: 2, classes: 3, patch: 2, outputs: 2, scaleShift: true, resnetDown: [4], resnetUp: [2], midScale: 1.5, cosFirst: true } as const;

/** The output and all gradients of a small U-Net with every feature, read back. */
const evaluate = async (): Promise<ReadonlyMap<string, Float32Array>> => {
  const net = unet(config);
  const params = moved(net, 1);
  const x = normalTensor(key(5), [2, 8, 16, 1]);
  const t = ops.tensor([3, 700], [2], "float32");
  const labels = labelTensor([2, -1], 3);
  const loss = (p: typeof params): Tensor => own(() => ops.mean(ops.square(net.apply(p, x, t, labels))));
  const { value, grad } = valueAndGrad(loss)(params);
  const tensors = [
    ["output", net.apply(params, x, t, labels)] as const,
    ["loss", value] as const,
    ...treeEntries(grad),
  ];
  const read = await Promise.all(tensors.map(async ([name, y]) => [name, Float32Array.from(await y.data())] as const));
  for (const [, y] of tensors) y.dispose();
  treeDispose(params);
  return new Map(read);
};

test("a U-Net and its gradients on WebGPU are those on the CPU", async () => {
  await start({ backend: "cpu" });
  const want = await evaluate();
  await start({ backend: "webgpu" });
  const got = await evaluate();
  expect(want.size).toBeGreaterThan(90);
  for (const [name, values] of want) {
    const size = values.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
    const worst = values.reduce((most, v, i) => Math.max(most, Math.abs(v - got.get(name)![i]!)), 0);
    expect(worst / size, name).toBeLessThan(1e-4);
  }
});
