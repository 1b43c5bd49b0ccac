import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

test("the whole package imports nothing and is below 4 kB, minified and compressed", async () => {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export * from "@nonmarkov/schedule";`,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    },
    alias: { "@nonmarkov/schedule": fileURLToPath(new URL("../src/index.ts", import.meta.url)) },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    metafile: true,
  });
  const code = outputFiles[0]!.contents;
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(4000);
  expect(code.length).toBeGreaterThan(3000);
  expect(Object.keys(metafile.inputs).filter((path) => !/(^|\/)schedule\/src\/|^<stdin>$/.test(path))).toEqual([]);
  expect(new TextDecoder().decode(code)).not.toMatch(/\bimport\b|\brequire\b/);
});
