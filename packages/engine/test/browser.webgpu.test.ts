import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";

const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const missing = existsSync(executablePath) || process.env["CI"] ? "" : ` (skipped: ${executablePath} is not here)`;
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** The page's script, bundled as a stranger would. */
const bundle = async (): Promise<Uint8Array> => {
  const source = (name: string): string => path(`../../${name}/src/index.ts`);
  const { outputFiles } = await build({
    entryPoints: [path("./fixtures/page.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "error",
    alias: { "@nonmarkov/autodiff": source("autodiff"), "@nonmarkov/random": source("random") },
  });
  return outputFiles[0]!.contents;
};

test.skipIf(missing !== "")(
  `a bundled page in Chromium starts on WebGPU and on wasm, and differentiates a convolution on both${missing}`,
  async () => {
    const script = await bundle();
    const server = createServer((request, response) => {
      const name = basename(request.url ?? "/");
      const send = (type: string, body: Uint8Array | string): unknown =>
        response.writeHead(200, { "content-type": type }).end(body);
      if (name === "page.js") return send("text/javascript", script);
      if (!name.endsWith(".wasm")) return send("text/html", '<script type="module" src="/page.js"></script>');
      const file = path(`../../../node_modules/@tensorflow/tfjs-backend-wasm/dist/${name}`);
      return void readFile(file).then((body) => send("application/wasm", body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({
      executablePath,
      headless: true,
      args: [
        "--enable-unsafe-webgpu",
        "--no-sandbox",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
      ],
    });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const handle = await page.waitForFunction(() => (globalThis as { gradients?: unknown }).gradients);
      expect(await handle.jsonValue()).toEqual({ webgpu: [-12, -28], wasm: [-12, -28] });
    } finally {
      await browser.close();
      server.close();
    }
  },
);
