import { ops, type Tensor, type Tree, treeDispose } from "@nonmarkov/autodiff";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { jit, start } from "../../src/index.ts";
import { batchOf, parametersOf, subjects } from "../jit/reference/networks.ts";
import { numbersOnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await startGpu();
});

/** A number of 16 bits: 11 of them significant. */
const half = (x: number): number => {
  const unit = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(x)))) - 10);
  return x === 0 ? 0 : Math.round(x / unit) * unit;
};

test("a product reads its right-hand matrix with 16 bits, also when it changes", async () => {
  const product = jit((a: Tensor, b: Tensor) => ops.matMul(a as never, b as never), { weights: "float16" });
  const a = ops.tensor([[1, 0, 0], [0, 1, 0], [0, 0, 1]]); // prettier-ignore
  for (const scale of [1, 1e-3, 1.7, 1.7]) {
    const numbers = Array.from({ length: 24 }, (_, i) => Math.fround(Math.sin(i + 1) * scale));
    const b = ops.tensor(numbers, [3, 8]);
    for (let again = 0; again < 2; again++) {
      const y = product(a, b);
      const got = await y.data();
      numbers.forEach((v, i) => expect(Math.abs(got[i]! - half(v))).toBeLessThanOrEqual(2 ** -11 * Math.abs(v) + 1e-9));
      expect([...got].filter((v, i) => v !== numbers[i]!).length).toBeGreaterThan(20);
      y.dispose();
    }
    b.dispose();
  }
  a.dispose();
});

test("infinities and NaN stay what they are", async () => {
  const product = jit((a: Tensor, b: Tensor) => ops.matMul(a as never, b as never), { weights: "float16" });
  const [a, b] = [ops.tensor([[1]]), ops.tensor([[NaN, Infinity, -Infinity, -2]])];
  const y = product(a, b);
  expect([...(await y.data())]).toEqual([NaN, Infinity, -Infinity, -2]);
  for (const it of [a, b, y]) it.dispose();
});

test("numbers beyond those of 16 bits become the largest of them", async () => {
  const product = jit((a: Tensor, b: Tensor) => ops.matMul(a as never, b as never), { weights: "float16" });
  const [a, b] = [ops.tensor([[1]]), ops.tensor([[1e6, -1e6, 65504, 1e-30]])];
  const y = product(a, b);
  expect([...(await y.data())]).toEqual([65504, -65504, 65504, 0]);
  treeDispose([a, b, y]);
});

test("a U-Net with weights of 16 bits is the U-Net up to a thousandth", async () => {
  const subject = subjects["a U-Net"]!;
  const evaluate = (params: Tree, [x, t]: readonly Tensor[]): Tensor => subject.net.apply(params, x!, t!);
  const compute = async (backend: string, f: typeof evaluate): Promise<readonly number[]> => {
    await setBackend(backend);
    const [params, batch] = [parametersOf(subject, 1), batchOf(subject, 2, 1)];
    const [y, again] = [f(params, batch), f(params, batch)];
    const [numbers, same] = await Promise.all([numbersOnHost(y), numbersOnHost(again)]);
    expect(same).toEqual(numbers);
    treeDispose([params, batch, y, again]);
    return Array.from(numbers[0]!.values);
  };
  const want = await compute("cpu", evaluate);
  const got = await compute("webgpu", jit(evaluate, { weights: "float16" }));
  const norm = (v: readonly number[]): number => Math.hypot(...v);
  const error = norm(got.map((v, i) => v - want[i]!)) / norm(want);
  expect(error).toBeGreaterThan(1e-5);
  expect(error).toBeLessThan(1e-3);
  console.log(`relative error of weights of 16 bits: ${error.toExponential(1)}`);
});
