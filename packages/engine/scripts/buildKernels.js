// Compiles assembly/ to WebAssembly, once with and once without relaxed SIMD, and writes both into one module that every
// runtime and bundler can import. Nothing is done where the sources have not changed.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = `${root}src/generated/kernels.ts`;
const sources = readdirSync(`${root}assembly`)
  .filter((name) => name.endsWith(".ts"))
  .sort();
const hash = createHash("sha256");
for (const path of [...sources.map((name) => `assembly/${name}`), "scripts/buildKernels.js"])
  hash.update(readFileSync(`${root}${path}`));
const stamp = `// sources: ${hash.digest("hex")}`;

const existing = () => {
  try {
    return readFileSync(target, "utf8");
  } catch {
    return "";
  }
};

const compile = async (relaxed) => {
  const { default: asc } = await import("assemblyscript/asc");
  let binary;
  const { error, stderr } = await asc.main(
    [
      "assembly/index.ts",
      ...["-O3", "--noAssert", "--disableWarning", "201", "--runtime", "stub", "--memoryBase", "4096"],
      ...["--enable", "simd", "--enable", "threads", ...(relaxed ? ["--enable", "relaxed-simd"] : [])],
      ...["--importMemory", "--sharedMemory", "--initialMemory", "16", "--maximumMemory", "65536"],
      ...["--use", `RELAXED=${relaxed ? 1 : 0}`, "-o", "kernels.wasm"],
    ],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(name.startsWith("/") ? name : `${root}${base === "." ? "" : `${base}/`}${name}`, "utf8");
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr?.toString() ?? ""}`);
  return binary;
};

if (!existing().startsWith(stamp)) {
  const [simd, relaxed] = [await compile(false), await compile(true)];
  const literal = (bytes) => `"${Buffer.from(bytes).toString("base64")}"`;
  mkdirSync(`${root}src/generated`, { recursive: true });
  const part = `${target}.${process.pid}.part`; // two builds at a time do no harm
  writeFileSync(
    part,
    `${stamp}\n` +
      `/** The kernels for runtimes with SIMD, as base64; made by scripts/buildKernels.js. */\n` +
      `export const simdKernels: string = ${literal(simd)};\n` +
      `/** The kernels for runtimes with relaxed SIMD: products and sums are rounded once. */\n` +
      `export const relaxedKernels: string = ${literal(relaxed)};\n`,
  );
  renameSync(part, target);
}
