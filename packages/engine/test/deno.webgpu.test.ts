import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { lostAndStarted } from "./fixtures/loseDevice.ts";

test("in Deno WebGPU starts without prompts, differentiates a convolution, and a lost device is a typed error", async ({
  skip,
}) => {
  const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
  const { VK_ICD_FILENAMES: _, ...env } = process.env; // Deno's own choice of adapter
  const { stdout } = await promisify(execFile)(
    path("../../../node_modules/.bin/deno"),
    ["run", "--allow-read", "--allow-env", path("./fixtures/deno.webgpu.ts")],
    { timeout: 110_000, cwd: path("../../.."), env },
  );
  const answer = JSON.parse(stdout) as { readonly missing?: boolean };
  if (answer.missing) skip("Deno has no adapter");
  expect(answer).toEqual({ backend: "webgpu", gradient: [-12, -28], lost: lostAndStarted });
});
