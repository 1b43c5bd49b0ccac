import { createInterface } from "node:readline";
import { start } from "@nonmarkov/engine";
import { readFileSync } from "node:fs";
import { cases, type Work } from "./cases.ts";

/**
 * Our engine as a peer: JSON lines over stdin and stdout, as bench/peers/README.md says. Started with the number of threads
 * (which a process has once and for all) and "wasm" for tfjs's own backend in place of ours.
 */
const [threads = "2", kind = "nonmarkov"] = process.argv.slice(2);
const stock = async (): Promise<string> => {
  const { setBackend } = await import("@tensorflow/tfjs-core");
  const { version_wasm } = await import("@tensorflow/tfjs-backend-wasm");
  await setBackend("wasm");
  return `tfjs-backend-wasm ${version_wasm}`;
};
const own = async (): Promise<string> => {
  const { why } = await start({ backend: "nonmarkov", threads: Number(threads) });
  return why;
};
const version = await (kind === "wasm" ? stock() : own());
await new Promise((resolve) => setTimeout(resolve, 300)); // the workers join

const peak = (): number => Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0);
let current: { readonly name: string; readonly work: Work } | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const { case: name, repeats = 1 } = JSON.parse(line) as { case: string; repeats?: number };
  try {
    if (current?.name !== name) {
      current = { name, work: cases[name]!() };
      for (let i = 0; i < 4; i++) await current.work();
    }
    const seconds: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const begin = performance.now();
      await current.work();
      seconds.push((performance.now() - begin) / 1000);
    }
    console.log(
      JSON.stringify({
        case: name,
        seconds,
        version: `node ${process.versions.node}, ${version}`,
        peak_rss_kb: peak(),
      }),
    );
  } catch (error) {
    console.log(JSON.stringify({ case: name, error: error instanceof Error ? error.message : String(error) }));
  }
}
process.exit(0);
