import { execFileSync } from "node:child_process";
import { cpSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Packs what the GPU benchmark needs on a bare Linux machine (x86-64, glibc 2.34 or newer, no network) into one .tar.xz: Node,
 * Dawn, one JavaScript file, the peers in Python, and the Vulkan loader if this machine has one.
 *
 *     node --import tsx bench/bundle/make.ts bundle.tar.xz [path to another node]
 *
 * There: `tar xf bundle.tar.xz && bash bundle/run.sh results`.
 */
const [out, node = process.execPath] = process.argv.slice(2);
if (out === undefined) {
  console.error("usage: make.ts <bundle.tar.xz> [node]");
  process.exit(2);
}
const root = fileURLToPath(new URL("../..", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "bundle-"));
const folder = join(work, "bundle");
const here = (path: string): string => join(folder, path);
try {
  for (const path of ["lib", "bench/gpu", "node_modules/webgpu/dist/linux-x64"])
    mkdirSync(here(path), { recursive: true });
  await build({
    entryPoints: [join(root, "bench/gpu/webgpuPeer.ts")],
    outfile: here("bench/gpu/webgpuPeer.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["webgpu"],
    mainFields: ["module", "main"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "warning",
  });
  cpSync(join(root, "bench/peers"), here("bench/peers"), { recursive: true });
  copyFileSync(join(root, "bench/gpu/torch_gpu.py"), here("bench/gpu/torch_gpu.py"));
  copyFileSync(join(root, "bench/bundle/run.sh"), here("run.sh"));
  for (const file of ["package.json", "index.js"])
    copyFileSync(join(root, "node_modules/webgpu", file), here(`node_modules/webgpu/${file}`));
  const dawn = "node_modules/webgpu/dist/linux-x64/dawn.node";
  copyFileSync(join(root, dawn), here(dawn));
  copyFileSync(node, here("node"));
  execFileSync("strip", [here("node"), here(dawn)]);
  const loaded = execFileSync("ldconfig", ["-p"], { encoding: "utf8" });
  for (const library of ["libstdc++.so.6", "libgcc_s.so.1", "libvulkan.so.1"]) {
    const path = loaded.split("\n").find((line) => line.includes(`${library} `) && line.includes("x86-64"));
    if (path !== undefined) copyFileSync(path.split("=> ")[1]!, here(`lib/${library}`));
  }
  mkdirSync(dirname(out), { recursive: true });
  execFileSync("tar", ["-cJf", out, "-C", work, basename(folder)], { env: { ...process.env, XZ_OPT: "-6 -T0" } });
  console.log(`${out}: unpack it and run bundle/run.sh`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
