import { grad, own, treeDispose, treeDot, type Tensor } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import { env, ones, setBackend } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { cases, draw, type Case } from "../../autodiff/test/cases.ts";
import { start } from "../src/index.ts";

beforeAll(async () => {
  await start({ backend: "cpu" });
  await start({ backend: "webgpu" });
  env().set("WEBGPU_CPU_FORWARD", false); // tfjs would compute tensors this small on the processor
});

/** The values of a case and the gradient of their sum. */
const compute = async (backend: "cpu" | "webgpu", { f, ...testCase }: Case): Promise<readonly number[]> => {
  await setBackend(backend);
  const inputs = draw({ f, ...testCase }, key(1));
  const outputs = (xs: Tensor[]): Tensor[] => [f(...xs)].flat() as Tensor[];
  const sum = (xs: Tensor[]): Tensor =>
    own(() => {
      const values = outputs(xs);
      return treeDot(
        values,
        values.map((y) => ones(y.shape)),
      );
    });
  const results = [...outputs(inputs), ...grad(sum)(inputs)];
  const numbers = await Promise.all(results.map((t) => t.data()));
  treeDispose([...inputs, ...results]);
  return numbers.flatMap((array) => Array.from(array));
};

describe("on WebGPU the op and its gradient are those of the cpu backend", () => {
  test.each(cases)("$name", async (testCase) => {
    const [got, expected] = [await compute("webgpu", testCase), await compute("cpu", testCase)];
    expect(got.length).toBe(expected.length);
    got.forEach((v, i) => expect(Math.abs(v - expected[i]!)).toBeLessThan(1e-3 * (1 + Math.abs(expected[i]!))));
  });
});
