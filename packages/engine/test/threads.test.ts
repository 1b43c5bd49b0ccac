import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

type Output = { readonly threads: number; readonly results: readonly [name: string, digests: readonly string[]][] };

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** How a runtime is started: Node 20 has plain SIMD, Deno has relaxed SIMD. */
const runtimes: Readonly<Record<string, readonly [file: string, ...args: readonly string[]]>> = {
  Node: [process.execPath, "--import", "tsx"],
  Deno: [path("../../../node_modules/.bin/deno"), "run", "--allow-read", "--allow-env"],
};

/** Runs in a process of its own, which has to end by itself while its workers are alive. */
const compute = async (runtime: string, threads: number): Promise<Output> => {
  const [file, ...args] = runtimes[runtime]!;
  const { stdout, stderr } = await promisify(execFile)(file, [...args, path("./fixtures/threads.ts"), `${threads}`], {
    timeout: 55_000,
    cwd: path("../../.."),
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Output;
};

test.each(["Node", "Deno"])(
  "in %s, 1, 2 and 3 threads compute the same bits, time and again, say nothing, and let the process end",
  async (runtime) => {
    const one = await compute(runtime, 1);
    expect(one.threads).toBe(1);
    for (const [name, digests] of one.results) expect(digests, name).toHaveLength(1);
    for (const threads of [2, 3]) expect(await compute(runtime, threads)).toEqual({ threads, results: one.results });
  },
  180_000,
);
