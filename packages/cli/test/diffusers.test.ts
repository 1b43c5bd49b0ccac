import { treeDispose } from "@nonmarkov/autodiff";
import { toFloat32 } from "@nonmarkov/checkpoint";
import { readSafetensors } from "@nonmarkov/checkpoint/node";
import { diffusersUnet, schedulerConfigOf, schedulerJson } from "@nonmarkov/diffusers";
import { saveDiffusers } from "@nonmarkov/diffusers/node";
import { start } from "@nonmarkov/engine";
import { linear } from "@nonmarkov/schedule";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { moved } from "../../nets/test/laws.ts";
import { runCli } from "./run-cli.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-cli-diffusers-"));
const file = (name: string) => join(dir, name);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const schedule = linear({ T: 1000 });
const pipeline = file("pipeline");
const alone = file("alone");

beforeAll(async () => {
  await start({ backend: "nonmarkov" });
  const config = { height: 8, width: 8, channels: 3, base: 8, groups: 4, classes: 2 };
  const params = moved(diffusersUnet(config), 1);
  const scheduler = JSON.stringify(schedulerJson(schedulerConfigOf({ schedule, prediction: "v" })));
  await saveDiffusers(pipeline, { config, params, scheduler });
  await saveDiffusers(alone, { config, params });
  treeDispose(params);
});

const draw = async (name: string, ...args: string[]): Promise<Float32Array> => {
  const out = ["--out", file(`${name}.png`), "--tensors", file(`${name}.safetensors`)];
  const ran = await runCli("sample", ...args, ...out, "--n", "3", "--steps", "5", "--json", "--quiet");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(ran.stdout)).toMatchObject({ prediction: "v", evaluations: 5, n: 3 });
  return toFloat32(new Map((await readSafetensors(file(`${name}.safetensors`))).tensors).get("samples")!);
};

test("a folder of diffusers is sampled with its own scheduler, and by the same sampler of ours to the same images", async () => {
  const [published, same, named] = await Promise.all([
    draw("published", "--model", pipeline, "--published"),
    draw("ours", "--model", pipeline, "--tau", "trailing"),
    draw("alone", "--model", alone, "--schedule", "linear:1000", "--prediction", "v", "--tau", "trailing"),
  ]);
  expect(published.length).toBe(3 * 8 * 8 * 3);
  expect(new Set(published).size).toBeGreaterThan(100);
  expect(named).toEqual(same);
  published.forEach((value, i) => expect(Math.abs(value - same[i]!)).toBeLessThan(1e-4));
});

test("what does not fit the folder is refused by name", async () => {
  const refused = async (...args: string[]): Promise<string> => {
    const ran = await runCli("sample", "--out", file("no.png"), ...args);
    expect(ran.code, ran.stderr).toBe(2);
    return ran.stderr;
  };
  writeFileSync(file("x.onnx"), "");
  const said = await Promise.all([
    refused("--model", alone),
    refused("--model", alone, "--published"),
    refused("--model", pipeline, "--runtime", "web"),
    refused("--model", pipeline, "--class", "2"),
    refused("--model", file("x.onnx"), "--published", "--schedule", "linear:10"),
    refused("models/mnist", "--published"),
  ]);
  expect(said[0]).toMatch(/--schedule: .* has no scheduler that says on which one it was trained/);
  expect(said[1]).toMatch(/--published: .* has no scheduler/);
  expect(said[2]).toMatch(/--runtime: a folder of diffusers says it itself/);
  expect(said[3]).toMatch(/--class: .* has 2 classes, got 2/);
  expect(said[4]).toMatch(/--published: is for folders of diffusers/);
  expect(said[5]).toMatch(/--published/);
});
