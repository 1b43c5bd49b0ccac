import { normalTensor, ops, type Tensor, treeDispose, treeEntries } from "@nonmarkov/autodiff";
import { encodeSafetensors, type TensorEntries, toHalf } from "@nonmarkov/checkpoint";
import { start } from "@nonmarkov/engine";
import { FileError, FormatError } from "@nonmarkov/files";
import { shiftTime, unet } from "@nonmarkov/nets";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diffusersUnet } from "../src/index.ts";
import { loadDiffusers, saveDiffusers } from "../src/node/index.ts";
import { type Files, image, networkFiles, tiny, WEIGHTS, weightsOf, writeFiles } from "./folders.ts";

beforeAll(() => start({ backend: "nonmarkov" }));

const scratch = mkdtempSync(join(tmpdir(), "nonmarkov-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const folderOf = (files: Files): string => writeFiles(mkdtempSync(join(scratch, "m-")), files);

const scheduler = `{"_class_name": "DDIMScheduler", "num_train_timesteps": 1000}`;
const pipeline = (files: Files, index: object = {}): Files => ({
  "model_index.json": {
    ...{ _class_name: "DDIMPipeline", _diffusers_version: "0.40.0" },
    ...{ scheduler: ["diffusers", "DDIMScheduler"], unet: ["diffusers", "UNet2DModel"], ...index },
  },
  "scheduler/scheduler_config.json": scheduler,
  ...Object.fromEntries(Object.entries(files).map(([name, content]) => [`unet/${name}`, content])),
});

const weights = weightsOf();
const half = (dtype: "F16" | "BF16"): TensorEntries =>
  weights.map(([name, { shape, data }]) => {
    const words = new Uint32Array((data as Float32Array).slice().buffer);
    const bits = dtype === "F16" ? toHalf(data as Float32Array) : Uint16Array.from(words, (word) => word >>> 16);
    return [name, { dtype, shape, data: bits }];
  });

const sharded = (weights: TensorEntries): Files => {
  const parts = [weights.slice(0, 20), weights.slice(20)];
  const name = (i: number) => `diffusion_pytorch_model-0000${i + 1}-of-00002.safetensors`;
  const map = Object.fromEntries(parts.flatMap((part, i) => part.map(([tensor]) => [tensor, name(i)])));
  return {
    "config.json": tiny,
    ...Object.fromEntries(parts.map((part, i) => [name(i), encodeSafetensors(part)])),
    [`${WEIGHTS}.index.json`]: { metadata: { total_size: 1 }, weight_map: map },
  };
};

/** Attention as the oldest checkpoints have it: other names, and convolutions of one pixel. */
const oldest = (): TensorEntries =>
  weights.map(([name, tensor]) => {
    const old = name
      .replace(".to_q.", ".query.")
      .replace(".to_k.", ".key.")
      .replace(".to_v.", ".value.")
      .replace(".to_out.0.", ".proj_attn.");
    const { shape } = tensor;
    return [old, old !== name && shape.length === 2 ? { ...tensor, shape: [...shape, 1, 1] } : tensor];
  });

const variant = (files: Files): Files => ({
  "config.json": tiny,
  "diffusion_pytorch_model.fp16.safetensors": files[WEIGHTS]!,
});

const leaves = (params: Parameters<typeof treeEntries>[0]) =>
  treeEntries(params).map(([name, leaf]) => [name, [...leaf.dataSync()]] as const);

describe("the same network is read", () => {
  test.each<[string, Files, object]>([
    ["of halves", networkFiles(half("F16")), {}],
    ["of bfloat16", networkFiles(half("BF16")), {}],
    ["in several files", sharded(weights), {}],
    ["of a pipeline", pipeline(networkFiles()), {}],
    ["of a pipeline, in several files", pipeline(sharded(weights)), {}],
    ["of a pipeline without a scheduler", pipeline(networkFiles(), { scheduler: [null, null] }), {}],
    ["in the names and shapes of the oldest checkpoints", networkFiles(oldest()), {}],
    ["in a variant", variant(networkFiles(half("F16"))), { variant: "fp16" }],
  ])("%s", async (_, files, options) => {
    const want = leaves((await loadDiffusers(folderOf(networkFiles()))).params);
    const { params } = await loadDiffusers(folderOf(files), options);
    const rounded = _ === "of bfloat16" ? 2 ** -9 : 0; // numbers of 8 bits do not all fit into 8 bits with an exponent
    leaves(params).forEach(([name, values], i) => {
      expect(name).toBe(want[i]![0]);
      values.forEach((v, j) => expect(Math.abs(v - want[i]![1][j]!)).toBeLessThanOrEqual(rounded));
    });
  });
});

test("a pipeline is read and written back, its scheduler's text as it is", async () => {
  const text = `{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "unknown": [1]}\n`;
  const known = text.replace(`, "unknown": [1]`, "");
  const from = (scheduler: string) =>
    folderOf({
      ...pipeline(networkFiles(), { scheduler: ["diffusers", "DPMSolverMultistepScheduler"], _class_name: "DDPMPipeline" }), // prettier-ignore
      "scheduler/scheduler_config.json": scheduler,
    });
  expect((await loadDiffusers(from(text))).scheduler).toBe(text);
  const folder = from(known);
  const saved = join(scratch, "saved");
  await saveDiffusers(saved, await loadDiffusers(folder));
  expect(readdirSync(saved).sort()).toEqual(["model_index.json", "scheduler", "unet"]);
  const json = (dir: string, name: string) => JSON.parse(readFileSync(join(dir, name), "utf8")) as object;
  expect({ _diffusers_version: "0.40.0", ...json(saved, "model_index.json") }).toEqual(
    json(folder, "model_index.json"),
  );
  expect(json(saved, "unet/config.json")).toMatchObject(tiny);
  expect(readFileSync(join(saved, "scheduler/scheduler_config.json"), "utf8")).toBe(known);
  expect(leaves((await loadDiffusers(saved)).params)).toEqual(leaves((await loadDiffusers(folder)).params));
});

test("a network can be used at another size", async () => {
  const { net, params } = await loadDiffusers(folderOf(networkFiles()), { size: { height: 8, width: 2 } });
  expect(net.apply(params, normalTensor(key(0), [1, 8, 2, 1]), ops.fill([1], 3)).shape).toEqual([1, 8, 2, 1]);
});

test("a network that was trained here at times from 1 gives the same when it is saved with its time shifted", async () => {
  const { config, params } = await loadDiffusers(folderOf(networkFiles()));
  const folder = join(scratch, "trained");
  await saveDiffusers(folder, { config, params: shiftTime(config, params, 1) });
  const loaded = await loadDiffusers(folder);
  const t = ops.fill([1], 17);
  const [want, got] = [unet(config).apply(params, image(), t), loaded.net.apply(loaded.params, image(), t)];
  const difference = (a: Tensor, b: Tensor) => ops.max(ops.abs(ops.sub(a, b))).dataSync()[0]!;
  expect(difference(want, got)).toBeLessThan(1e-5);
  expect(difference(want, diffusersUnet(config).apply(params, image(), t))).toBeGreaterThan(1e-4);
});

test("nothing is saved where something is there, or the parameters are not the network's", async () => {
  const model = await loadDiffusers(folderOf(networkFiles()));
  const folder = folderOf({ "mine.txt": "keep" });
  await expect(saveDiffusers(folder, model)).rejects.toThrow(FileError);
  expect(readdirSync(folder)).toEqual(["mine.txt"]);
  const wide = { ...model.config, outputs: 2 };
  await expect(saveDiffusers(join(scratch, "w"), { ...model, config: wide })).rejects.toThrow(
    /params must have "conv_out.weight", float32 \[3, 3, 2, 2\], got float32 \[3, 3, 2, 1\]/,
  );
  await expect(saveDiffusers(join(scratch, "w"), { ...model, scheduler: '{"_class_name":"Odd"}' })).rejects.toThrow(/Odd/); // prettier-ignore
  expect(existsSync(join(scratch, "w"))).toBe(false);
  await saveDiffusers(folder, model, { overwrite: true, dtype: "F16" });
  expect(leaves((await loadDiffusers(folder)).params)).toEqual(leaves(model.params)); // all exact in 16 bits
});

const without = (name: string): TensorEntries => weights.filter(([other]) => other !== name);
const changed = (name: string, change: object): TensorEntries =>
  weights.map(([other, tensor]) => [other, other === name ? { ...tensor, ...change } : tensor]);
const [first] = weights;
const bias = "conv_in.bias";

describe("a folder is refused", () => {
  test.each<[string, Files, RegExp]>([
    ["that lacks a tensor", networkFiles(without(bias)), /must hold the tensors that config.json asks for, got 1 missing: "conv_in.bias"; take/],
    ["that misspells one", networkFiles([...without(bias), ["conv_in.bais", weights[1]![1]]]), /1 missing: "conv_in.bias" \(nearest: "conv_in.bais"\); 1 superfluous: "conv_in.bais" \(nearest: "conv_in.bias"\)/],
    ["of another network", { ...networkFiles(), "config.json": { ...tiny, layers_per_block: 2 } }, /got 64 missing: (".*?", ){9}".*?" and 54 more; take/],
    ["with a tensor of another shape", networkFiles(changed(bias, { shape: [1, 2] })), /"conv_in.bias" is \[1, 2\], must be \[2\]/],
    ["with a tensor of another type", networkFiles(changed(bias, { dtype: "I32", data: new Int32Array(2) })), /"conv_in.bias" is I32, must be F32 or F16 or BF16/],
    ["with a tensor under an old and a new name", networkFiles([...weights, ["mid_block.attentions.0.query.bias", { dtype: "F32", shape: [4], data: new Float32Array(4) }]]), /must not hold a tensor twice, got "mid_block.attentions.0.to_q.bias" and/],
    ["whose header is huge", { ...networkFiles(), [WEIGHTS]: Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127) }, /header length: must be at most 100000000 bytes/],
    ["with pickles only", { "config.json": tiny, "diffusion_pytorch_model.bin": "x" }, /must be a safetensors file, got a pickle, which runs whatever program.*convert it with Python/],
    ["with another variant only", variant(networkFiles()), /must hold diffusion_pytorch_model.safetensors or .*, got diffusion_pytorch_model.fp16.safetensors/],
    ["without weights", { "config.json": tiny }, /got no weights/],
    ["that is empty", {}, /must be a folder with config.json or model_index.json, got an empty folder/],
    ["of something else", { "readme.txt": "" }, /got readme.txt/],
    ["whose description is no JSON", { ...networkFiles(), "config.json": "{" }, /config.json: must be JSON/],
    ["whose description names a field twice", { ...networkFiles(), "config.json": '{"a":1,"a":2}' }, /must not name anything twice, got "a"/],
    ["of a pipeline with other parts", pipeline(networkFiles(), { vqvae: ["diffusers", "VQModel"] }), /must have no parts but unet and scheduler, got "vqvae"/],
    ["of a pipeline with parts elsewhere", pipeline(networkFiles(), { "../unet": ["diffusers", "UNet2DModel"] }), /must have no parts but unet and scheduler, got "..\/unet"/],
    ["of a pipeline with a program of its own", pipeline(networkFiles(), { unet: ["my_unet", "UNet2DModel"] }), /"unet" must come from diffusers, got \["my_unet"/],
    ["of a pipeline with another network", pipeline(networkFiles(), { unet: ["diffusers", "UNet2DConditionModel"] }), /"unet" must be a UNet2DModel/],
    ["of a pipeline with a strange part", pipeline(networkFiles(), { unet: "unet" }), /"unet" must be a pair of a library and a class/],
    ["of a pipeline without a class", pipeline(networkFiles(), { _class_name: 1 }), /_class_name must name the pipeline, got 1/],
    ["whose index leads elsewhere", { "config.json": tiny, [`${WEIGHTS}.index.json`]: { weight_map: { [first![0]]: "/tmp/x.safetensors" } } }, /plain names, without folders, got "\/tmp\/x.safetensors"/],
  ])("%s", async (_, files, message) => {
    const before = memory().numTensors;
    const error: unknown = await loadDiffusers(folderOf(files)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(message);
    expect(memory().numTensors).toBe(before);
  }); // prettier-ignore

  test.skipIf(process.platform === "win32")("whose files are links that lead out of it", async () => {
    const elsewhere = folderOf(networkFiles());
    for (const name of ["config.json", WEIGHTS]) {
      const { [name]: _, ...rest } = networkFiles();
      const folder = folderOf(rest);
      symlinkSync(join(elsewhere, name), join(folder, name));
      await expect(loadDiffusers(folder)).rejects.toThrow(/must lie in the folder, got a link to/);
    }
    const { "model_index.json": index } = pipeline({});
    const folder = folderOf({ "model_index.json": index!, "scheduler/scheduler_config.json": scheduler });
    symlinkSync(elsewhere, join(folder, "unet"));
    await expect(loadDiffusers(folder)).rejects.toThrow(/"unet\/config.json" must lie in the folder/);
  });

  test("that is a file, or not there", async () => {
    const folder = folderOf({ ...networkFiles(), "model.ckpt": "x" });
    await expect(loadDiffusers(join(folder, WEIGHTS))).rejects.toThrow(/got a file; give the folder that it lies in/);
    await expect(loadDiffusers(join(folder, "model.ckpt"))).rejects.toThrow(/got a pickle/);
    await expect(loadDiffusers(join(folder, "none"))).rejects.toThrow(FileError);
  });
});

test("tensors are counted right: as many as parameters, and none after they are freed", async () => {
  const before = memory().numTensors;
  const { params } = await loadDiffusers(folderOf(networkFiles()));
  expect(memory().numTensors - before).toBe(weights.length);
  treeDispose(params);
  expect(memory().numTensors).toBe(before);
});
