import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bin, type Ran, runCli } from "./run-cli.ts";

const dir = mkdtempSync(join(tmpdir(), "nonmarkov-loss-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Runs the real command, and takes its GPU's device away once the log has so many lines. */
const runAndLose = (log: string, lines: number, args: readonly string[]): Promise<Ran> => {
  const preload = new URL("./fixtures/loseDevice.js", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", preload, bin, ...args], {
    env: { ...process.env, LOG: log, LINES: `${lines}` },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (part) => (stdout += part));
  child.stderr.on("data", (part) => (stderr += part));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
};

test("training whose GPU is lost ends with an error that says so, and goes on from its last checkpoint", async () => {
  const run = join(dir, "run");
  const log = join(run, "log.jsonl");
  const size = ["--hidden", "16", "--depth", "1", "--batch", "16"];
  const steps = ["--steps", "100000", "--checkpoint-every", "4"];
  const ran = await runAndLose(log, 10, [
    ...["train", "--data", "swissRoll", ...size, ...steps, "--out", run, "--quiet", "--backend", "webgpu"],
  ]);
  expect(ran).toMatchObject({ code: 1, signal: null });
  expect(ran.stderr).toMatch(
    /^error: webgpu backend: the GPU's device was lost .*resume training from its last checkpoint/m,
  );
  const reached = readFileSync(log, "utf8").trim().split("\n").length;
  expect(reached).toBeGreaterThanOrEqual(10);

  const more = `${reached + 5}`;
  expect(await runCli("train", "--resume", "--out", run, "--steps", more, "--quiet")).toMatchObject({ code: 0 });
  expect(readdirSync(run)).toContain(`checkpoint-${more}`);
  const last = readFileSync(join(run, "sessions.jsonl"), "utf8").trim().split("\n").at(-1)!;
  const { from } = JSON.parse(last) as { readonly from: number };
  expect(from % 4).toBe(0);
  expect(reached - from).toBeLessThan(4 + 2);
});
