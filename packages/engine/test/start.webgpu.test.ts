import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { getBackend } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { start } from "../src/index.ts";
import { loseDevice, lostAndStarted } from "./fixtures/loseDevice.ts";

test("in Node, WebGPU starts through the package webgpu and passes its check", async () => {
  const { backend, why } = await start({ backend: "webgpu" });
  expect([backend, getBackend()]).toEqual(["webgpu", "webgpu"]);
  expect(why).toMatch(/asked for by name$/);
});

test("a lost device is a typed error of whatever is used or read after it, and the next start makes another", async () => {
  await start({ backend: "webgpu" });
  expect(await loseDevice()).toEqual(lostAndStarted);
});

test("left to itself it does not take a software rendering in a process of its own, and the process ends", async () => {
  const code = `import { start } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
    console.log(JSON.stringify((await start({ backend: "auto" })).tried));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "--input-type=module", "-e", code],
    {
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      timeout: 60_000,
    },
  );
  const tried = JSON.parse(stdout) as readonly { backend: string; ok: boolean; reason: string }[];
  const [webgpu] = tried;
  expect(webgpu!.backend).toBe("webgpu");
  if (!webgpu!.ok) expect(webgpu!.reason).toMatch(/no GPU device|software rendering|no adapter/);
  expect(tried.at(-1)!.ok).toBe(true);
});
