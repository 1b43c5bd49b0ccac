import { normalTensor, ops, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { memory, setBackend } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { jit, start } from "../../src/index.ts";
import { compositions, functionOf } from "../jit/reference/composition.ts";
import { expectNumbersNear, numbersOnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await startGpu();
});

test("what a recorded composition of any ops computes on a GPU is what tfjs's cpu backend computes", async () => {
  await fc.assert(
    fc.asyncProperty(compositions, async (composition) => {
      const f = functionOf(composition);
      const inputs = (): Tensor[] =>
        composition.inputs.map((shape, i) =>
          ops.reshape(normalTensor(key(i + 1), shape.length === 0 ? [1] : shape), [...shape]),
        );
      await setBackend("cpu");
      const [onCpu] = [inputs()];
      const expected = f(onCpu);
      const want = await numbersOnHost(expected);
      await setBackend("webgpu");
      const before = memory().numTensors;
      const recorded = jit((xs: readonly Tensor[]) => f(xs));
      const given = inputs();
      const first = recorded(given);
      const again = recorded(given);
      expectNumbersNear(await numbersOnHost(first), want, 1e-4);
      expectNumbersNear(await numbersOnHost(again), want, 1e-4);
      treeDispose([...given, ...first, ...again]);
      void before;
    }),
    {
      numRuns: Number(process.env["RUNS"] ?? 40),
      ...(process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {}),
    },
  );
});
