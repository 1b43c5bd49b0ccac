import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

type Output = { readonly threads: number; readonly results: readonly (readonly number[])[] };

/** Runs in a process of its own, which has to end by itself. */
const compute = async (threads: number): Promise<Output> => {
  const script = fileURLToPath(new URL("./fixtures/threads.ts", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, String(threads)], {
    timeout: 25_000,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Output;
};

test("wasm with threads computes the same numbers as with one, says nothing, and lets the process end", async () => {
  const [one, two] = [await compute(1), await compute(2)];
  expect([one.threads, two.threads]).toEqual([1, 2]);
  expect(two.results.slice(0, 2)).toEqual(one.results.slice(0, 2));
  two.results[2]!.forEach((v, i) => expect(v).toBeCloseTo(one.results[2]![i]!, 3));
});
