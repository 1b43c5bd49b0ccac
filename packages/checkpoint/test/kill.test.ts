import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { toFloat32 } from "../src/index.ts";
import { createRun, loadCheckpoint, saveCheckpoint } from "../src/node/index.ts";

const loop = fileURLToPath(new URL("./saveLoop.ts", import.meta.url));

/** Runs the loop of saves until some are done and some more milliseconds have passed, kills it; the last step it reported. */
const killed = async (dir: string, first: number, saves: number, delayMs: number): Promise<number> => {
  const child = spawn(process.execPath, ["--import", "tsx", loop, dir, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  let reported = "";
  const enough = new Promise<void>((resolve) => {
    child.stdout.on("data", (text: Buffer) => {
      reported += text.toString();
      if (reported.split("\n").length > saves) resolve();
    });
  });
  await Promise.race([enough, exit.then(() => Promise.reject(new Error("the child ended by itself")))]);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill("SIGKILL");
  expect(await exit).toEqual([null, "SIGKILL"]);
  return Number(reported.trimEnd().split("\n").at(-1));
};

test(
  "a SIGKILL at any moment of a loop of saves leaves the previous or the new checkpoint, whole",
  { timeout: 120_000 },
  async () => {
    const root = await mkdtemp(join(tmpdir(), "nonmarkov-kill-"));
    const dir = join(root, "run");
    await createRun(dir, {});
    let step = 1;
    for (let round = 0; round < 8; round++) {
      const last = await killed(dir, step, 2, 1.7 * round);
      const { trees, ...state } = await loadCheckpoint(dir);
      expect(state.skipped).toEqual([]);
      expect(state.step).toBeGreaterThanOrEqual(last);
      expect(state).toMatchObject({ key: [0, state.step], meta: { step: state.step } });
      for (const tree of Object.values(trees)) expect(new Set(toFloat32(tree[0]![1]))).toEqual(new Set([state.step]));
      step = state.step + 1;
    }
    const nothing = { params: [], ema: [], optimizer: [] };
    await saveCheckpoint(dir, { step, key: [0, 0], trees: nothing }, { keep: 1 });
    expect((await readdir(dir)).sort()).toEqual([`checkpoint-${step}`, "config.json"]);
    await rm(root, { recursive: true });
  },
);
