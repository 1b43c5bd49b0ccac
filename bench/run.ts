import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { machine } from "./machine.ts";
import { adapters } from "./adapters.ts";
import { engine } from "./engine/engine.ts";
import { samplerOverhead } from "./samplerOverhead.ts";
import { webgpu } from "./webgpu.ts";

const benches: Readonly<Record<string, () => Promise<object>>> = { samplerOverhead, adapters, engine, webgpu };

/** Runs the benchmarks named on the command line, or all, and keeps each result with its machine and versions. */
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`bench: there is no ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}
const results = new URL("./results/", import.meta.url);
mkdirSync(results, { recursive: true });
for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) {
  const result = { name, machine: machine(), ...(await benches[name]!()) };
  const file = fileURLToPath(new URL(`${name}.json`, results));
  writeFileSync(file, JSON.stringify(result, null, 2) + "\n");
  console.log(JSON.stringify(result, null, 2));
  console.log(`kept in ${file}`);
}
