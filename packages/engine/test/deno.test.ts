import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("in Deno our backend starts with threads, without prompts, differentiates a convolution, and ends", async () => {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const { stdout } = await promisify(execFile)(
    path("../../../node_modules/.bin/deno"),
    ["run", "--allow-read", "--allow-env", path("./fixtures/deno.ts")],
    { timeout: 25_000, cwd: path("../../..") },
  );
  // y = x1 - x2 by columns: -2, -2; the gradient is 2 sum y x
  expect(JSON.parse(stdout)).toEqual({ backend: "nonmarkov", threads: 2, numbers: [[11], [-12, -28]] });
});
