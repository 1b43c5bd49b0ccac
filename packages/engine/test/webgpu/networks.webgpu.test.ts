import { ops, own, type Tensor, type Tree, treeDispose, valueAndGrad } from "@nonmarkov/autodiff";
import { setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, test } from "vitest";
import { jit, start } from "../../src/index.ts";
import { batchOf, parametersOf, type Subject, subjects } from "../jit/reference/networks.ts";
import { expectNumbersNear, numbersOnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await startGpu();
});

const loss =
  ({ net }: Subject) =>
  (params: Tree, [x, t, labels]: readonly Tensor[]): Tensor =>
    own(() => ops.mean(ops.square(ops.sub(net.apply(params, x!, t!, labels), ops.sin(x!)))));

const check = async (f: (params: Tree, batch: readonly Tensor[]) => Tree, subject: Subject, bound: number) => {
  const compute = async (backend: string, g: typeof f, size: number) => {
    await setBackend(backend);
    const [params, batch] = [parametersOf(subject, 1), batchOf(subject, size, 1)];
    const result = g(params, batch);
    const numbers = await numbersOnHost(result);
    treeDispose([params, batch, result]);
    return numbers;
  };
  const recorded = jit(f);
  for (const size of [3, 5, 3]) {
    const want = await compute("cpu", f, size);
    // what is 0 but for roundings, as the gradient of a bias of the keys, is of the size of these
    expectNumbersNear(await compute("webgpu", recorded, size), want, bound, "", 1e-3);
  }
};

describe.each(Object.entries(subjects))("%s, recorded on a GPU, is itself up to roundings", (_, subject) => {
  test("its values", () => check((params, [x, t, labels]) => subject.net.apply(params, x!, t!, labels), subject, 2e-5));
  test("its loss and gradient", () => check(valueAndGrad(loss(subject)) as never, subject, 1e-4));
});
