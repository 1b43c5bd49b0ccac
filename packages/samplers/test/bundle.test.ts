import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";

const source = (name: string): string => fileURLToPath(new URL(`../../${name}/src/index.ts`, import.meta.url));

/** A program of these lines, bundled and minified with all that it uses. */
const bundle = async (contents: string) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    alias: Object.fromEntries(["samplers", "schedule", "random"].map((name) => [`@nonmarkov/${name}`, source(name)])),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "neutral",
    metafile: true,
    write: false,
  });
  const packages = new Set(Object.keys(metafile.inputs).map((file) => /packages\/(\w+)\/src/.exec(file)?.[1]));
  packages.delete(undefined);
  return {
    packages: [...packages].sort(),
    text: outputFiles[0]!.text,
    bytes: gzipSync(outputFiles[0]!.contents).length,
  };
};

test("DDIM and the executor are below 4 kB gzipped, all samplers below 20 kB, and neither knows tfjs", async () => {
  const one = await bundle('export { ddim, sample } from "@nonmarkov/samplers";');
  const all = await bundle('export * from "@nonmarkov/samplers";');
  expect(one.bytes).toBeLessThan(4 * 1024);
  expect(all.bytes).toBeLessThan(20 * 1024);
  for (const { packages, text } of [one, all]) {
    expect(packages).toEqual(["random", "samplers", "schedule"]);
    expect(text).not.toContain("tensorflow");
  }
});
