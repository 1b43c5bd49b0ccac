import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { runCli, startCli } from "./run-cli.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-stop-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const tiny = [
  "train",
  "--data",
  "swissRoll",
  "--hidden",
  "16",
  "--depth",
  "1",
  "--batch",
  "16",
  "--seed",
  "5",
  "--quiet",
];

const logged = (run: string): string[] => {
  const log = join(run, "log.jsonl");
  return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
};

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await setTimeout(5);
};

const trees = ["params", "ema", "optimizer"] as const;

test("training that was killed and resumed ends with byte for byte the tensors and the log of training that was not", async () => {
  const [whole, killed] = [join(dir, "whole"), join(dir, "killed")];
  const steps = ["--steps", "120", "--checkpoint-every", "7"];
  expect(await runCli(...tiny, ...steps, "--out", whole)).toMatchObject({ code: 0 });

  const first = startCli([...tiny, ...steps, "--out", killed]);
  await until(() => logged(killed).length >= 25);
  first.child.kill("SIGKILL");
  expect(await first.done).toMatchObject({ signal: "SIGKILL" });
  expect(existsSync(join(killed, "checkpoint-120"))).toBe(false);

  expect(await runCli("train", "--resume", "--out", killed, "--quiet")).toMatchObject({ code: 0 });
  for (const tree of trees) {
    const path = join("checkpoint-120", `${tree}.safetensors`);
    expect(readFileSync(join(killed, path)).equals(readFileSync(join(whole, path))), tree).toBe(true);
  }
  expect(logged(killed)).toEqual(logged(whole));
  expect(logged(whole)).toHaveLength(120);
}, 120_000);

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s stops training after a whole step, with a checkpoint, and exits with %i",
  async (signal, code) => {
    const run = join(dir, signal);
    const { child, done } = startCli([...tiny, "--steps", "1000000", "--out", run]);
    await until(() => logged(run).length >= 5);
    child.kill(signal);
    const ran = await done;
    expect(ran).toMatchObject({ code, signal: null, stdout: "" });
    expect(ran.stderr).toContain("--resume");
    const { step } = JSON.parse(logged(run).at(-1)!) as { step: number };
    expect(readdirSync(run)).toContain(`checkpoint-${step}`);

    expect(await runCli("train", "--resume", "--out", run, "--steps", `${step + 3}`, "--quiet")).toMatchObject({
      code: 0,
    });
    expect(logged(run)).toHaveLength(step + 3);
  },
  120_000,
);

test("a run that was killed before its first checkpoint is begun by --resume", async () => {
  const run = join(dir, "unborn");
  expect(await runCli(...tiny, "--steps", "2", "--out", run)).toMatchObject({ code: 0 });
  const whole = readFileSync(join(run, "checkpoint-2", "params.safetensors"));
  for (const name of readdirSync(run)) if (name !== "config.json") rmSync(join(run, name), { recursive: true });
  expect(await runCli("train", "--resume", "--out", run, "--quiet")).toMatchObject({ code: 0 });
  expect(readFileSync(join(run, "checkpoint-2", "params.safetensors")).equals(whole)).toBe(true);
}, 60_000);

test("a resumed run keeps its settings: other ones are refused", async () => {
  const run = join(dir, "kept");
  expect(await runCli(...tiny, "--steps", "2", "--out", run)).toMatchObject({ code: 0 });
  const ran = await runCli("train", "--resume", "--out", run, "--batch", "8", "--lr", "0.1");
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain("--batch, --lr");
}, 60_000);

test("a damaged config.json is a failure that names the field", async () => {
  const run = join(dir, "damaged");
  expect(await runCli(...tiny, "--steps", "1", "--out", run)).toMatchObject({ code: 0 });
  const path = join(run, "config.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"hidden": 16', '"hidden": -16'));
  const ran = await runCli("sample", run, "--out", join(dir, "x.png"));
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain("hidden");
}, 60_000);
