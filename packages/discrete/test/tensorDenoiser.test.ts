import { type Tensor, ops, own } from "@nonmarkov/autodiff";
import { drawUniform, implicit, oneHot, sample, tensorDenoiser } from "@nonmarkov/discrete";
import { denoiserOf, mlp } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { cosine, linearTau } from "@nonmarkov/schedule";
import { beforeAll, expect, test } from "vitest";
import { numTensors, useCpu } from "./support/cpu.ts";

beforeAll(useCpu);

test("a network is shown one-hot rows of its shape and the index, and its logits become probabilities", async () => {
  const seen: { shape: number[]; values: number[]; t: number }[] = [];
  const network = (x: Tensor, t: number): Tensor => {
    seen.push({ shape: x.shape, values: [...x.dataSync()], t });
    return ops.mul(x, Math.log(3));
  };
  const p = await tensorDenoiser(network, { shape: [1, 2, 2], classes: 2 })(Int32Array.of(0, 1, 1, 1), 7);
  expect(seen).toEqual([{ shape: [2, 1, 2, 2], values: [1, 0, 0, 1, 0, 1, 0, 1], t: 7 }]);
  [0.75, 0.25, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75].forEach((want, i) => expect(p[i]).toBeCloseTo(want, 6));
  expect([...oneHot(Uint8Array.of(2, 0), 3)]).toEqual([0, 0, 1, 1, 0, 0]);
});

test("nets' denoiserOf is such a network; tensors are flat after sampling", async () => {
  const net = mlp({ dim: 12, hidden: 8, depth: 1 });
  const params = net.init(key(1));
  const before = numTensors();
  const x = await sample({
    table: implicit()(cosine({ T: 20 }), linearTau(20, 4)),
    denoiser: tensorDenoiser(denoiserOf(net, params), { shape: [12], classes: 3 }),
    xT: drawUniform(key(2), { rows: 5, dims: 4, classes: 3 }),
    rows: 5,
    classes: 3,
    key: key(3),
  });
  expect(x.length).toBe(20);
  expect(x.every((k) => k >= 0 && k < 3)).toBe(true);
  expect(numTensors()).toBe(before);
});

test("a network that throws, or answers in another shape, is an error that leaves no tensors", async () => {
  const before = numTensors();
  const of = (network: (x: Tensor) => Tensor) => tensorDenoiser(network, { shape: [4], classes: 2 });
  const broken = of((x) => {
    ops.mul(x, 2);
    throw new Error("broken");
  });
  await expect(broken(Int32Array.of(0, 1), 1)).rejects.toThrow("broken");
  const wide = of((x) => own(() => ops.concat([x, x], 1)));
  await expect(wide(Int32Array.of(0, 1), 1)).rejects.toThrow(/its input's shape \[1,4\], got \[1,8\]; /);
  await expect(of((x) => x)(Int32Array.of(0), 1)).rejects.toThrow(/rows of 2 coordinates, got 1 classes; /);
  expect(() => tensorDenoiser((x) => x, { shape: [5], classes: 2 })).toThrow(/multiple of 2 classes, got \[5\]; /);
  expect(numTensors()).toBe(before);
});

test("a network that returns what it was given does no harm", async () => {
  const before = numTensors();
  const p = await tensorDenoiser((x) => x, { shape: [2], classes: 2 })(Int32Array.of(1), 1);
  expect(p[1]).toBeCloseTo(Math.E / (1 + Math.E), 7);
  expect(numTensors()).toBe(before);
});
