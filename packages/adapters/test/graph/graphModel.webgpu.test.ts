import { normalTensor, ops, type Tensor } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { expect, test } from "vitest";
import { graphModelDenoiser } from "../../src/index.ts";
import { inMemory } from "./graphBuilder.ts";
import { kerasUnet } from "./kerasUnet.ts";
import { opGraph, opGraphNames, opInput } from "./opGraphs.ts";

const unetOutput = async (): Promise<readonly number[]> => {
  const small = { labels: "bhwc,bijc->bhwij", mix: "bhwij,bijc->bhwc" };
  const model = await loadGraphModel(inMemory(kerasUnet(small)));
  const x = normalTensor(key(5), [2, 8, 8, 1]);
  const y = await graphModelDenoiser({ model })(x, 123);
  const values = [...(await y.data())];
  for (const one of [x, y, model]) one.dispose();
  return values;
};

/** What each node of a graph of ops gives, or how it fails. */
const opOutputs = async (name: string): Promise<ReadonlyMap<string, readonly number[] | string>> => {
  const built = opGraph(name);
  const model = await loadGraphModel(inMemory(built));
  const x = ops.tensor([...opInput.values], [...opInput.shape]);
  const opOf = new Map(built.json.modelTopology.node.map((node) => [node.name, node.op]));
  const results = new Map<string, readonly number[] | string>();
  for (const { name: output } of model.outputs) {
    const at = `${opOf.get(output)} (${output})`;
    try {
      const y = model.execute({ x }, output) as Tensor;
      results.set(at, [...(await y.data())]);
      if (y !== x) y.dispose();
    } catch (error) {
      results.set(at, (error as Error).message);
    }
  }
  x.dispose();
  model.dispose();
  return results;
};

test("a U-Net of Keras and all ops of such models give on WebGPU what they give on the CPU", async () => {
  await start({ backend: "cpu" });
  const wanted = await unetOutput();
  const wantedOps = await Promise.all(opGraphNames.map(opOutputs));
  await start({ backend: "webgpu" });
  const got = await unetOutput();
  got.forEach((value, i) => expect(Math.abs(value - wanted[i]!)).toBeLessThan(5e-3));
  for (const [i, name] of opGraphNames.entries())
    for (const [op, values] of await opOutputs(name)) {
      expect(typeof values, `${op}: ${String(values).slice(0, 200)}`).not.toBe("string");
      const right = wantedOps[i]!.get(op) as readonly number[];
      (values as readonly number[]).forEach((value, j) =>
        expect(Math.abs(value - right[j]!), `${op} ${j}: ${value} for ${right[j]}`).toBeLessThan(
          2e-3 * (1 + Math.abs(right[j]!)),
        ),
      );
    }
});
