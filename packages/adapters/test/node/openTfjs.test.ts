import { normalTensor, type Tensor } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { FileError, FormatError } from "@nonmarkov/files";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { graphModelDenoiser } from "../../src/index.ts";
import { openGraphModel, openLayersModel, openTfjs } from "../../src/node/index.ts";
import { graphOps } from "../../src/node/graphOps.ts";
import { graphBuilder, writeModel } from "../graph/graphBuilder.ts";
import { kerasUnet } from "../graph/kerasUnet.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-tfjs-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeAll(async () => {
  await start({ backend: "nonmarkov" });
});

test("a model in several files is read and freed, and capital letters in its equations are other letters", async () => {
  const before = memory().numTensors;
  const read = async (path: string): Promise<number[]> => {
    const opened = await openTfjs(path);
    expect(opened.format).toBe("graph-model");
    const model = await openGraphModel(path);
    const x = normalTensor(key(5), [2, 8, 8, 1]);
    const y = (await graphModelDenoiser({ model })(x, 123)) as Tensor;
    const values = [...y.dataSync()];
    for (const one of [x, y, model, opened.model]) one.dispose();
    return values;
  };
  const keras = await read(writeModel(join(dir, "capital"), kerasUnet(), 3));
  const small = kerasUnet({ labels: "bhwc,bijc->bhwij", mix: "bhwij,bijc->bhwc" });
  expect(keras).toEqual(await read(writeModel(join(dir, "small"), small)));
  expect(memory().numTensors).toBe(before);
});

test("the list of known ops is that of the converter", () => {
  const lists = new URL(
    "../../../../node_modules/@tensorflow/tfjs-converter/dist/operations/op_list/",
    import.meta.url,
  );
  const names = readdirSync(lists)
    .filter((file) => file.endsWith(".js") && file !== "tfdf.js") // decision forests are in a package of their own
    .flatMap((file) => [...readFileSync(new URL(file, lists), "utf8").matchAll(/'tfOpName': '(\w+)'/g)])
    .map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(200);
  expect([...graphOps].sort()).toEqual([...new Set(names)].sort());
});

describe("a bad model is refused, with the file and what is wrong, and leaves no tensors", () => {
  const good = writeModel(join(dir, "good"), kerasUnet(), 2);
  type Json = Record<string, unknown>;
  const changed = (name: string, change: (json: Json, folder: string) => void): string => {
    const folder = join(dir, name);
    cpSync(join(good, ".."), folder, { recursive: true });
    const path = join(folder, "model.json");
    const json = JSON.parse(readFileSync(path, "utf8")) as Json;
    change(json, folder);
    writeFileSync(path, JSON.stringify(json));
    return path;
  };
  const paths =
    (...names: readonly string[]) =>
    (json: Json): void => {
      (json["weightsManifest"] as { paths: readonly string[] }[])[0]!.paths = names;
    };
  const nodesOf = (json: Json) =>
    (json["modelTopology"] as { node: { name: string; op: string; input: string[] }[] }).node;
  const specs = (json: Json) =>
    (json["weightsManifest"] as { weights: { shape: number[]; dtype: string; name: string }[] }[])[0]!.weights;
  const second = "group1-shard2of2.bin";
  writeFileSync(join(dir, "outside.bin"), readFileSync(join(good, "..", second)));

  const cases: Readonly<Record<string, readonly [() => string, RegExp]>> = {
    "a path out of the folder": [() => changed("up", paths("group1-shard1of2.bin", "../outside.bin")), /inside its own folder.*outside\.bin/],
    "an absolute path": [() => changed("absolute", paths("group1-shard1of2.bin", join(dir, "outside.bin"))), /inside its own folder/],
    "a path out of the folder for Windows": [() => changed("windows", paths("..\\outside.bin")), /inside its own folder/],
    "a link out of the folder": [
      () =>
        changed("link", (_, folder) => {
          rmSync(join(folder, second));
          symlinkSync(join(dir, "outside.bin"), join(folder, second));
        }),
      /link to elsewhere/,
    ],
    "a folder in place of weights": [
      () =>
        changed("folder", (_, folder) => {
          rmSync(join(folder, second));
          mkdirSync(join(folder, second));
        }),
      /no plain file/,
    ],
    "weights that are missing": [() => changed("missing", (_, folder) => rmSync(join(folder, second))), /shard2of2\.bin.*ENOENT|check the path/],
    "weights that are cut short": [() => changed("short", (_, folder) => truncateSync(join(folder, second), 100)), /must hold \d+ bytes together, got \d+ less/],
    "weights that are too long": [() => changed("long", (_, folder) => truncateSync(join(folder, second), 10_000_000)), /\d+ more/],
    "a shape that lies": [() => changed("shape", (json) => void (specs(json)[0]!.shape[0]! += 1)), /less/],
    "a shape below zero": [() => changed("negative", (json) => void (specs(json)[0]!.shape[0] = -1)), /weightsManifest\.0\.weights\.0\.shape/],
    "a shape beyond all bounds": [() => changed("bounds", (json) => void (specs(json)[0]!.shape = [2 ** 40, 2 ** 40])), /must have a size/],
    "an unknown type": [() => changed("dtype", (json) => void (specs(json)[0]!.dtype = "float8")), /dtype/],
    "a weight twice": [() => changed("twice", (json) => void specs(json).push(specs(json)[0]!)), /each weight once/],
    "ops that TensorFlow.js has not": [
      () => changed("ops", (json) => nodesOf(json).slice(-2).forEach((node, i) => (node.op = ["XlaConv", "MyCustomOp"][i]!))),
      /executes, got MyCustomOp, XlaConv/,
    ],
    "a node that is not there": [() => changed("edge", (json) => void (nodesOf(json).at(-1)!.input = ["nowhere"])), /Identity without nowhere/],
    "a name that would change objects": [() => changed("proto", (json) => void (nodesOf(json).at(-1)!.name = "__proto__")), /GraphDef/],
    "a constant without numbers": [() => changed("constant", (json) => void (specs(json)[0]!.name = "other")), /numbers of all constants/],
    "no graph": [() => changed("graph", (json) => void (json["modelTopology"] = { node: {} })), /GraphDef/],
    "another format": [() => changed("format", (json) => void (json["format"] = "tfjs-dynamic")), /graph-model or layers-model, got "tfjs-dynamic"/],
    "no JSON": [
      () => {
        writeFileSync(join(dir, "no.json"), "{");
        return join(dir, "no.json");
      },
      /must be JSON/,
    ],
    "no file": [() => join(dir, "nothing.json"), /check the path/],
    "a layer of its own": [
      () =>
        changed("layers", (json) => {
          json["format"] = "layers-model";
          json["modelTopology"] = { model_config: { class_name: "Functional", config: { layers: [{ class_name: "MyLayer" }, { class_name: "Dense" }] } } }; // prettier-ignore
        }),
      /layers that TensorFlow.js has, got MyLayer/,
    ],
  }; // prettier-ignore

  test.each(Object.keys(cases))("%s", async (name) => {
    const [make, words] = cases[name]!;
    const path = make();
    const before = memory().numTensors;
    const error = await openTfjs(path).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error instanceof FormatError || error instanceof FileError).toBe(true);
    expect((error as Error).message).toMatch(words);
    expect((error as Error).message).toContain(dir);
    expect(memory().numTensors).toBe(before);
  });

  test("a graph model where a layers model is wanted, and the other way round", async () => {
    await expect(openLayersModel(good)).rejects.toThrow(/must be a layers-model, got a graph-model/);
    const layers = changed("other", (json) => void (json["format"] = "layers-model"));
    await expect(openGraphModel(layers)).rejects.toThrow(/must be a graph-model, got a layers-model/);
  });
});

test("a model of no inputs says so", async () => {
  const g = graphBuilder();
  const model = await openGraphModel(writeModel(join(dir, "none"), g.build([g.constant([1], [1])])));
  expect(() => graphModelDenoiser({ model })).toThrow(/no inputs/);
  model.dispose();
});
