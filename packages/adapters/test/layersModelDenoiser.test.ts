import { normalTensor, type Tensor } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import * as layers from "@tensorflow/tfjs-layers";
import { type io, memory } from "@tensorflow/tfjs-core";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { layersModelDenoiser } from "../src/index.ts";
import { openLayersModel } from "../src/node/index.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-layers-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeAll(async () => {
  await start({ backend: "nonmarkov" });
});

/** x plus what a convolution makes of it, plus an embedding of t per channel; dropout does nothing but in training. */
const model = (): layers.LayersModel => {
  const x = layers.input({ shape: [4, 4, 2], name: "pixels" });
  const t = layers.input({ shape: [], dtype: "int32", name: "index" });
  const embedded = layers.layers.embedding({ inputDim: 10, outputDim: 2 }).apply(t) as layers.SymbolicTensor;
  const perRow = layers.layers.reshape({ targetShape: [1, 1, 2] }).apply(embedded) as layers.SymbolicTensor;
  const conv = layers.layers.conv2d({ filters: 2, kernelSize: 3, padding: "same", activation: "elu" });
  const repeated = layers.layers.upSampling2d({ size: [4, 4] }).apply(perRow) as layers.SymbolicTensor;
  const sum = layers.layers.add().apply([conv.apply(x) as layers.SymbolicTensor, repeated]);
  const y = layers.layers.dropout({ rate: 0.5 }).apply(sum) as layers.SymbolicTensor;
  return layers.model({ inputs: [x, t], outputs: y });
};

const saved = async (from: layers.LayersModel): Promise<string> => {
  let path = "";
  await from.save({
    save: (artifacts: io.ModelArtifacts) => {
      const { modelTopology, format, weightSpecs, weightData } = artifacts;
      path = join(dir, "model.json");
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, "weights.bin"), new Uint8Array(weightData as ArrayBuffer));
      const weightsManifest = [{ paths: ["weights.bin"], weights: weightSpecs }];
      writeFileSync(path, JSON.stringify({ format, modelTopology, weightsManifest }));
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } });
    },
  } as io.IOHandler);
  return path;
};

test("a saved Keras model is the same denoiser again, with its int32 index and without dropout", async () => {
  const made = model();
  const opened = await openLayersModel(await saved(made));
  const x = normalTensor(key(1), [3, 4, 4, 2]);
  const before = memory().numTensors;
  const values = [];
  for (const one of [made, opened, opened]) {
    const y = (await layersModelDenoiser({ model: one })(x, 7)) as Tensor;
    expect(y.shape).toEqual(x.shape);
    values.push([...y.dataSync()]);
    y.dispose();
  }
  expect(values[1]).toEqual(values[0]);
  expect(values[2]).toEqual(values[1]);
  const other = (await layersModelDenoiser({ model: opened })(x, 8)) as Tensor;
  expect([...other.dataSync()]).not.toEqual(values[1]);
  other.dispose();
  expect(memory().numTensors).toBe(before);
  x.dispose();
  made.dispose();
  opened.dispose();
});

test("its inputs are known by their layers' names", () => {
  const made = model();
  expect(() => layersModelDenoiser({ model: made, inputs: { x: "index", t: "pixels" } })).toThrow(/x must be float32/);
  expect(() => layersModelDenoiser({ model: made, inputs: { t: "time" } })).toThrow(
    /got "time"; it has pixels: float32 \[\?, 4, 4, 2\]; index: int32 \[\?\]/,
  );
  made.dispose();
});
