import { readSafetensors } from "@nonmarkov/checkpoint/node";
import { toFloat32 } from "@nonmarkov/checkpoint";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.ts";
import { writeTinyDigits } from "./tiny-digits.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-models-"));
const file = (name: string) => join(dir, name);
const data = `mnist:${file("digits")}`;
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const done = async (...args: string[]): Promise<Record<string, unknown>> => {
  const ran = await runCli(...args, "--json", "--quiet");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(ran.stdout) as Record<string, unknown>;
};
const refused = async (code: 1 | 2, words: string | RegExp, ...args: string[]): Promise<void> => {
  const ran = await runCli(...args);
  expect(ran.stderr).toMatch(words);
  expect(ran).toMatchObject({ code, stdout: "" });
};

const tiny = ["--base", "8", "--mults", "1", "--groups", "4", "--patch", "1", "--batch", "8"];

beforeAll(async () => {
  writeTinyDigits(file("digits"), 60, 1);
  await done("train", "--data", data, "--hold-out", "10", ...tiny, "--steps", "6", "--out", file("run"));
  await done("export", file("run"), "--out", file("model"), "--n", "4", "--steps", "3");
}, 120_000);

test("a model folder holds its configuration without paths, its weights as halves, a card and pictures", async () => {
  expect(readdirSync(file("model")).sort()).toEqual([
    "README.md",
    "config.json",
    "loss.svg",
    "model.safetensors",
    "samples.png",
  ]);
  const config = readFileSync(join(file("model"), "config.json"), "utf8");
  expect(config).not.toContain(dir);
  expect(JSON.parse(config)).toMatchObject({
    format: "nonmarkov-model",
    config: { data: { name: "mnist", split: "test", holdOut: 10 }, shape: [8, 8, 1], training: { steps: 6, seed: 0 } },
    about: {
      weights: "ema",
      step: 6,
      data: { name: "mnist-test-kept", rows: 54, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      sessions: [{ from: 0, to: 6, backend: expect.stringMatching(/^nonmarkov \(WebAssembly/) as string }],
    },
  });
  const card = readFileSync(join(file("model"), "README.md"), "utf8");
  for (const words of ["54 examples", "samples.png", "loss.svg", "--hold-out 10", "--steps 6", "EMA", "f16"])
    expect(card).toContain(words);
  expect(card).not.toContain(dir + "/digits");
  const { tensors } = await readSafetensors(join(file("model"), "model.safetensors"));
  expect(new Set(tensors.map(([, { dtype }]) => dtype))).toEqual(new Set(["F16"]));
});

test("the weights are those of the run's moving average, rounded to halves", async () => {
  const checkpoint = readdirSync(file("run"))
    .filter((name) => name.startsWith("checkpoint"))
    .sort()
    .at(-1)!;
  const ema = new Map((await readSafetensors(join(file("run"), checkpoint, "ema.safetensors"))).tensors);
  const kept = (await readSafetensors(join(file("model"), "model.safetensors"))).tensors;
  expect(kept.length).toBe(ema.size);
  for (const [name, tensor] of kept) {
    const want = toFloat32(ema.get(name)!);
    toFloat32(tensor).forEach((value, i) =>
      expect(Math.abs(value - want[i]!)).toBeLessThanOrEqual(6e-8 + 2 ** -11 * Math.abs(want[i]!)),
    );
  }
});

test("the card's command trains the same weights again", async () => {
  const card = readFileSync(join(file("model"), "README.md"), "utf8");
  const line = /^npx nonmarkov (train .*)$/m.exec(card)![1]!;
  const args = line.replace("mnist:DIR", data).replace("runs/model", file("again")).split(" ");
  await done(...args);
  await done("export", file("again"), "--out", file("again-model"), "--n", "4", "--steps", "3");
  const bytes = (name: string) => readFileSync(join(file(name), "model.safetensors"));
  expect(bytes("again-model").equals(bytes("model"))).toBe(true);
}, 60_000);

test("a model is sampled, encoded and described like a run", async () => {
  await done("sample", file("model"), "--steps", "3", "--n", "2", "--out", file("x.png"));
  await done("encode", file("model"), "--data", data, "--steps", "3", "--n", "2", "--out", file("latents.safetensors"));
  expect(await done("info", file("model"))).toMatchObject({ step: 6, config: { shape: [8, 8, 1] } });
}, 60_000);

test("what a model cannot do is refused, and says so", async () => {
  await refused(1, "nonmarkov-run", "train", "--out", file("model"), "--resume");
  await refused(2, "exported model already", "export", file("model"), "--out", file("twice"));
  await refused(2, "--weights ema", "sample", file("model"), "--weights", "params", "--out", file("y.png"));
  await refused(2, "its losses stayed in the run", "info", file("model"), "--loss-curve", file("l.svg"));
  await refused(2, "--force", "export", file("run"), "--out", file("model"));
  expect(existsSync(file("twice"))).toBe(false);
}, 60_000);

test("--force replaces a model as a whole", async () => {
  cpSync(file("model"), file("old"), { recursive: true });
  writeFileSync(join(file("old"), "stale.txt"), "");
  await done("export", file("run"), "--out", file("old"), "--force", "--dtype", "f32", "--n", "1", "--steps", "2");
  expect(existsSync(join(file("old"), "stale.txt"))).toBe(false);
  const size = (name: string) => statSync(join(file(name), "model.safetensors")).size;
  expect(size("old")).toBeGreaterThan(1.6 * size("model"));
}, 60_000);

test("a damaged or foreign model is refused with the file's name", async () => {
  cpSync(file("model"), file("damaged"), { recursive: true });
  const weights = join(file("damaged"), "model.safetensors");
  writeFileSync(weights, readFileSync(weights).subarray(0, 500));
  await refused(1, weights, "sample", file("damaged"), "--out", file("z.png"));
  writeFileSync(
    join(file("damaged"), "config.json"),
    '{"format":"nonmarkov-model","version":1,"config":{},"about":{}}',
  );
  await refused(1, "must have valid fields", "sample", file("damaged"), "--out", file("z.png"));
}, 60_000);

test("a classifier is trained, says its accuracy, and comes out the same each time", async () => {
  const args = ["train-features", "--data", data, "--hold-out", "5", "--steps", "8", "--batch", "16", "--shifts", "1"];
  const first = await done(...args, "--out", file("features"));
  const second = await done(...args, "--out", file("features2"));
  expect(first["accuracy"]).toBe(second["accuracy"]);
  const bytes = (name: string) => readFileSync(join(file(name), "model.safetensors"));
  expect(bytes("features").equals(bytes("features2"))).toBe(true);
  const card = readFileSync(join(file("features"), "README.md"), "utf8");
  expect(card).toMatch(/accuracy +\| +\d+\.\d\d % of 12 images held out/);
  await refused(1, "config.json", "sample", file("features"), "--out", file("z.png"));
  await refused(2, "images with labels", "train-features", "--data", "moons", "--out", file("none"));
  await refused(
    2,
    "most must be an integer in 0..7",
    "train-features",
    "--data",
    data,
    "--shifts",
    "8",
    "--out",
    file("none"),
  );
  expect(existsSync(file("none"))).toBe(false);
}, 90_000);
