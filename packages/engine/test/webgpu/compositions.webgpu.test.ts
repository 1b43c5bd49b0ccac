import { normalTensor, ops, own, type Tensor, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { setBackend } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, test } from "vitest";
import { jit, start } from "../../src/index.ts";
import { compositions, functionOf } from "../jit/reference/composition.ts";
import { expectNothingLeft } from "./reference/guardedGpu.ts";
import { expectNumbersNear, numbersOnHost } from "./reference/onHost.ts";
import { startGpu } from "./reference/startGpu.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await startGpu();
});
expectNothingLeft();

const { RUNS: runs, SEED: seed } = process.env;

test("what a recorded composition of any ops computes on a GPU is what tfjs's cpu backend computes", () =>
  fc.assert(
    fc.asyncProperty(compositions, fc.boolean(), async (composition, fusion) => {
      const f = functionOf(composition);
      const draw = (): Tensor[] =>
        composition.inputs.map((shape, i) =>
          own(() => ops.reshape(normalTensor(key(i + 1), shape.length === 0 ? [1] : shape), [...shape])),
        );
      await setBackend("cpu");
      const there = draw();
      const wanted = own(() => f(there));
      const want = await numbersOnHost(wanted);
      await setBackend("webgpu");
      const here = draw();
      const recorded = jit((xs: readonly Tensor[]) => f(xs), { fusion });
      const made = [recorded(here), recorded(here)];
      for (const got of made) expectNumbersNear(await numbersOnHost(got), want, 1e-4, "", 0.01);
      treeDispose([there, wanted, here, made] as never);
    }),
    { numRuns: Number(runs ?? 40), ...(seed === undefined ? {} : { seed: Number(seed) }) },
  ));
