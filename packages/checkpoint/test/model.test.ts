import {
  appendSession,
  createRun,
  isModel,
  readModel,
  readModelWeights,
  readSessions,
  saveModel,
} from "@nonmarkov/checkpoint/node";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";

const root = mkdtempSync(join(tmpdir(), "nonmarkov-model-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let dir = "";
let count = 0;
beforeEach(() => {
  dir = join(root, `${count++}`, "model");
});

const weights = (value: number) =>
  [["a.weight", { dtype: "F32", shape: [2], data: Float32Array.of(value, -value) }]] as const;
const source = (value: number) => ({ config: { kind: "mlp" }, about: { step: 3 }, tensors: weights(value) });
const any = (value: unknown) => value as { config: unknown; about: unknown };

test("a model comes back as it was saved, with its further files beside it", async () => {
  await saveModel(dir, { ...source(1), files: { "README.md": "# card\n", "x.bin": Uint8Array.of(1, 2) } });
  expect(readdirSync(dir).sort()).toEqual(["README.md", "config.json", "model.safetensors", "x.bin"]);
  expect(await readModel(dir, any)).toEqual({ config: { kind: "mlp" }, about: { step: 3 } });
  expect(await readModelWeights(dir)).toEqual(weights(1));
  expect(await isModel(dir)).toBe(true);
});

test("an existing folder is refused, and replaced as a whole if that is asked for; nothing is left over", async () => {
  await saveModel(dir, { ...source(1), files: { old: "" } });
  await expect(saveModel(dir, source(2))).rejects.toMatchObject({ name: "FileError" });
  expect(await readModelWeights(dir)).toEqual(weights(1));
  await saveModel(dir, source(2), { overwrite: true });
  expect(await readModelWeights(dir)).toEqual(weights(2));
  expect(existsSync(join(dir, "old"))).toBe(false);
  expect(readdirSync(join(dir, ".."))).toEqual(["model"]);
});

test("where a tensor cannot be written the earlier model stays, and nothing else", async () => {
  await saveModel(dir, source(1));
  const failing = {
    ...source(2),
    tensors: [["a", { dtype: "F32", shape: [2], data: () => Promise.reject(new Error("lost")) }]] as const,
  };
  await expect(saveModel(dir, failing, { overwrite: true })).rejects.toThrow("lost");
  expect(await readModelWeights(dir)).toEqual(weights(1));
  expect(readdirSync(join(dir, ".."))).toEqual(["model"]);
});

test("a run is no model, and a folder without config.json is neither", async () => {
  await createRun(dir, {});
  expect(await isModel(dir)).toBe(false);
  await expect(readModel(dir, any)).rejects.toThrow(/config\.json: must have valid fields.*nonmarkov-model/);
  await expect(isModel(root)).rejects.toMatchObject({ name: "FileError", code: "ENOENT" });
});

test("damaged files are named", async () => {
  await saveModel(dir, source(1));
  const path = join(dir, "model.safetensors");
  writeFileSync(path, readFileSync(path).subarray(0, 20));
  await expect(readModelWeights(dir)).rejects.toThrow(path);
  await saveModel(dir, { ...source(1), tensors: [] }, { overwrite: true });
  await expect(readModelWeights(dir)).rejects.toThrow(`${path}: must hold the model's parameters, got none`);
  writeFileSync(join(dir, "config.json"), "{");
  await expect(isModel(dir)).rejects.toThrow("config.json: must be JSON");
});

test("sessions come back in order; there may be none, and a damaged line is named", async () => {
  mkdirSync(dir, { recursive: true });
  expect(await readSessions(dir)).toEqual([]);
  const sessions = [1, 2].map((i) => ({ from: i, to: i + 1, seconds: i / 3, machine: "m", backend: "b" }));
  for (const session of sessions) await appendSession(dir, session);
  expect(await readSessions(dir)).toEqual(sessions);
  appendFileSync(join(dir, "sessions.jsonl"), '{"from": -1}\n');
  await expect(readSessions(dir)).rejects.toThrow("sessions.jsonl: line 3: must be a training session");
});

test("a run that is begun anew forgets the sessions of the one before", async () => {
  await createRun(dir, {});
  await appendSession(dir, { from: 0, to: 1, seconds: 1, machine: "m", backend: "b" });
  await createRun(dir, {}, { overwrite: true });
  expect(await readSessions(dir)).toEqual([]);
});
