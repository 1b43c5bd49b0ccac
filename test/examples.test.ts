import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const examples = readdirSync(new URL("../examples", import.meta.url)).filter((name) => name.endsWith(".ts"));
/** A budget of seconds, for those that have one. */
const budgets: Readonly<Record<string, readonly string[]>> = { "discreteGlyphs.ts": ["--steps", "20"] };

test.each(examples)("examples/%s runs and tells of what it did", { timeout: 240_000 }, (name) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", "tsx", `examples/${name}`, ...(budgets[name] ?? [])],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  expect(status, stderr).toBe(0);
  expect(stdout).not.toMatch(/NaN|undefined/);
  expect(stdout.split("\n").length).toBeGreaterThan(5);
});
