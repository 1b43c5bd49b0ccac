import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

const source = (name: string): string => fileURLToPath(new URL(`../../${name}/src/index.ts`, import.meta.url));

test("bundled and minified with all that it uses of schedule and random, samplers is below 8 kB gzipped and knows no tfjs", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [source("samplers")],
    alias: { "@nonmarkov/schedule": source("schedule"), "@nonmarkov/random": source("random") },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    metafile: true,
    write: false,
  });
  const packages = new Set(Object.keys(metafile.inputs).map((file) => /packages\/(\w+)\/src/.exec(file)?.[1]));
  expect([...packages].sort()).toEqual(["random", "samplers", "schedule"]);
  expect(outputFiles[0]!.text).not.toContain("tensorflow");
  expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThan(8 * 1024);
});
