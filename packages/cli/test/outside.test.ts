import { toFloat32 } from "@nonmarkov/checkpoint";
import { readSafetensors } from "@nonmarkov/checkpoint/node";
import { cosine } from "@nonmarkov/schedule";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { graphBuilder, writeModel } from "../../adapters/test/graph/graphBuilder.ts";
import { kerasUnet } from "../../adapters/test/graph/kerasUnet.ts";
import { pointMassGraph } from "../../adapters/test/graph/pointMassGraph.ts";
import { numbers } from "../../adapters/test/numbers.ts";
import { quickest } from "../../../test/onnxRuntimes.ts";
import { runCli } from "./run-cli.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-outside-"));
const file = (name: string) => join(dir, name);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const shape = [8, 8, 3];
const x0 = numbers(8 * 8 * 3);
const alphaBars = [...cosine({ T: 300 }).alphaBar].slice(1);
const pointMass = writeModel(file("point"), pointMassGraph({ alphaBars, x0, shape }), 2);
const schedule = ["--schedule", "cosine:300"];

const samples = async (path: string): Promise<Float32Array> =>
  toFloat32(new Map((await readSafetensors(path)).tensors).get("samples")!);
const done = async (...args: string[]): Promise<Record<string, unknown>> => {
  const ran = await runCli(...args, "--json", "--quiet");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(ran.stdout) as Record<string, unknown>;
};
const worst = (got: Float32Array, wanted: (i: number) => number): number =>
  got.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted(i))), 0);

test.concurrent.each([["ddim", "--eta", "1"], ["sigma-hat"], ["ddpm", "--steps", "300"]])(
  "a TensorFlow.js graph model is sampled with %s to the one datum that it knows",
  async (...sampler) => {
    const out = file(`${sampler.join("")}.png`);
    const how = ["--steps", "15", "--n", "3", "--sampler", ...sampler];
    const tensors = `${out}.safetensors`;
    const said = await done("sample", "--model", pointMass, ...schedule, ...how, "--out", out, "--tensors", tensors);
    expect(said).toMatchObject({ model: pointMass, prediction: "eps", schedule: "cosine:300", n: 3 });
    expect(readFileSync(out).subarray(1, 4).toString()).toBe("PNG");
    const values = await samples(tensors);
    expect(values.length).toBe(3 * x0.length);
    expect(worst(values, (i) => x0[i % x0.length]!)).toBeLessThan(5e-3);
  },
);

test.concurrent("names, bases and ranges are as asked for, and a folder stands for its model.json", async () => {
  const late = pointMassGraph({ alphaBars: [0.5, ...alphaBars], x0: x0.map((v) => (v + 1) / 2), shape });
  writeModel(file("late"), late);
  const named = ["--inputs", "x=x_noisy,t=timestep", "--output", "eps", "--time-base", "1", "--range", "0,1"];
  const tensors = file("late.safetensors");
  const where = ["--out", file("late.png"), "--tensors", tensors];
  await done("sample", "--model", file("late"), ...schedule, ...named, "--steps", "10", "--n", "1", ...where);
  expect(worst(await samples(tensors), (i) => x0[i]!)).toBeLessThan(5e-3);
});

test.concurrent(
  "a U-Net of Keras is sampled, the same whatever the batch",
  async () => {
    const path = writeModel(file("keras"), kerasUnet());
    const draw = (name: string, batch: string) =>
    done("sample", "--model", path, ...schedule, "--steps", "4", "--n", "3", "--clip-x0", "1", "--batch", batch, "--out", file(`${name}.png`), "--tensors", file(name)); // prettier-ignore
    await draw("three", "3");
    await draw("one", "1");
    const one = await samples(file("one"));
    expect(worst(await samples(file("three")), (i) => one[i]!)).toBeLessThan(1e-4);
  },
  60_000,
);

test.concurrent(
  "a model here, exported to ONNX, gives the same samples in both runtimes and layouts",
  async () => {
    const model = "models/mnist";
    const how = ["--steps", "5", "--n", "2", "--seed", "3"];
    const outside = ["--schedule", "linear:1000", "--prediction", "v", "--time-base", "1"];
    const draw = (name: string, ...args: string[]) =>
      done("sample", ...args, ...how, "--out", file(`${name}.png`), "--tensors", file(name));
    await done("export", model, "--onnx", file("a.onnx"));
    await done("export", model, "--onnx", file("b.onnx"), "--layout", "NCHW");
    await draw("here", model);
    const wanted = await samples(file("here"));
    await draw("first", "--model", file("a.onnx"), ...outside, "--runtime", quickest);
    await draw("second", "--model", file("b.onnx"), ...outside, "--layout", "NCHW", "--runtime", "web");
    for (const name of ["first", "second"])
      expect(worst(await samples(file(name)), (i) => wanted[i]!)).toBeLessThan(1e-4);
  },
  60_000,
);

describe("what cannot be is refused, before a file is written", () => {
  const png = ["--out", file("none.png")];
  const twoImages = () => {
    const g = graphBuilder();
    const [a, b] = [g.input("first", [-1, 4, 4, 1]), g.input("second", [-1, 4, 4, 1])];
    return writeModel(file("two"), g.build([g.node("AddV2", [a!, b!])]));
  };
  const unknownOps = () => {
    const g = graphBuilder();
    return writeModel(file("ops"), g.build([g.node("MyCustomOp", [g.input("x", [-1, 2]), g.input("t", [-1])])]));
  };
  test.concurrent.each<[string, 1 | 2, () => readonly string[], RegExp]>([
    ["neither a run nor a model", 2, () => [], /--model/],
    ["both", 2, () => [dir, "--model", pointMass], /got both/],
    ["no schedule", 2, () => ["--model", pointMass], /--schedule cosine:300/],
    ["more steps than it has", 2, () => ["--model", pointMass, ...schedule, "--steps", "301"], /301/],
    ["an option of models for a run", 2, () => [dir, "--time-base", "1"], /--time-base: belongs to --model/],
    ["inputs that are no pairs", 2, () => ["--model", pointMass, ...schedule, "--inputs", "x"], /x=NAME,t=NAME/],
    ["an input that is not there", 2, () => ["--model", pointMass, ...schedule, "--inputs", "x=y"], /timestep: int32 \[\?\]/],
    ["inputs that cannot be told apart", 2, () => ["--model", twoImages(), ...schedule], /first: float32 .*second: float32/],
    ["another shape", 2, () => ["--model", pointMass, ...schedule, "--shape", "8,8,1"], /rows of \[8, 8, 3\], got \[8, 8, 1\]/],
    ["a range upside down", 2, () => ["--model", pointMass, ...schedule, "--range", "1,0"], /least and the greatest/],
    ["a class without an input", 2, () => ["--model", pointMass, ...schedule, "--class", "1"], /--inputs labels=NAME/],
    ["a model that is not there", 1, () => ["--model", file("nowhere.json"), ...schedule], /nowhere\.json/],
    ["ops that nobody knows", 1, () => ["--model", unknownOps(), ...schedule], /got MyCustomOp/],
    [
      "a file that is no ONNX",
      1,
      () => {
        writeFileSync(file("text.onnx"), "no model");
        return ["--model", file("text.onnx"), ...schedule];
      },
      /must be an ONNX file/,
    ],
  ])("%s", async (_, code, args, words) => {
    const ran = await runCli("sample", ...args(), ...png);
    expect(ran.stderr).toMatch(words);
    expect(ran).toMatchObject({ code, stdout: "" });
    expect(ran.stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(file("none.png"))).toBe(false);
  }); // prettier-ignore

  test.concurrent("an export to nothing, to both, or of points", async () => {
    for (const [args, words] of [
      [["models/mnist"], /one of them/],
      [["models/mnist", "--out", file("m"), "--onnx", file("m.onnx")], /one of them/],
      [["models/mnist", "--out", file("m"), "--layout", "NCHW"], /--layout: belongs to --onnx/],
      [["models/toys/moons", "--onnx", file("m.onnx")], /U-Nets only/],
    ] as const) {
      const ran = await runCli("export", ...args);
      expect(ran.stderr).toMatch(words);
      expect(ran.code).toBe(2);
    }
    expect(existsSync(file("m.onnx"))).toBe(false);
  });
});
