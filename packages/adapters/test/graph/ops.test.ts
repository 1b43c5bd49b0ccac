import { ops, type Tensor } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { inMemory } from "./graphBuilder.ts";
import { opGraph, opGraphNames, opInput } from "./opGraphs.ts";

type Result = { readonly shape: readonly number[]; readonly dtype: string; readonly values: readonly number[] };

const run = async (name: string): Promise<readonly (Result & { readonly op: string })[]> => {
  const built = opGraph(name);
  const model = await loadGraphModel(inMemory(built));
  const x = ops.tensor([...opInput.values], [...opInput.shape]);
  const opOf = new Map(built.json.modelTopology.node.map((node) => [node.name, node.op]));
  const results = model.outputs.map(({ name: output }) => {
    const y = model.execute({ x }, output) as Tensor;
    const result = { op: opOf.get(output)!, shape: y.shape, dtype: y.dtype, values: [...y.dataSync()] };
    if (y !== x) y.dispose();
    return result;
  });
  x.dispose();
  model.dispose();
  return results;
};

beforeAll(async () => {
  await start({ backend: "cpu" });
});

test.each(opGraphNames)(
  "%s of a graph model give on the nonmarkov backend what they give on the cpu backend",
  async (name) => {
    await start({ backend: "cpu" });
    const wanted = await run(name);
    await start({ backend: "nonmarkov" });
    const before = memory().numTensors;
    const got = await run(name);
    expect(memory().numTensors).toBe(before);
    expect(got.length).toBeGreaterThan(3);
    got.forEach(({ op, shape, dtype, values }, i) => {
      expect({ op, shape, dtype }).toEqual({ op, shape: wanted[i]!.shape, dtype: wanted[i]!.dtype });
      values.forEach((value, j) => expect(Math.abs(value - wanted[i]!.values[j]!), `${op} ${j}`).toBeLessThan(1e-4));
    });
  },
);
