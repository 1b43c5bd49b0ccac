import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** Starts the engine in a process of its own, whose runtime lacks something. */
const without = async (what: string): Promise<unknown> => {
  const script = fileURLToPath(new URL("./fixtures/lacking.ts", import.meta.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, what], {
    timeout: 25_000,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
};

const line = (...words: readonly string[]): unknown => expect.stringMatching(new RegExp(words.join(".*"))) as unknown;

test("without SharedArrayBuffer our backend takes one thread, and says why, once", async () =>
  expect(await without("SharedArrayBuffer")).toEqual({
    backend: "nonmarkov",
    threads: 1,
    lines: [line("^backend nonmarkov: WebAssembly with", "SIMD, 1 thread", "threads need SharedArrayBuffer")],
    product: [11],
  }));

test("without relaxed SIMD our backend computes with plain SIMD", async () =>
  expect(await without("relaxed SIMD")).toMatchObject({
    backend: "nonmarkov",
    threads: 2,
    lines: [line("^backend nonmarkov: WebAssembly with SIMD, 2 threads")],
    product: [11],
  }));

test.each(["SIMD", "WebAssembly"])("without %s the cpu backend is taken, and ours is refused by name", async (what) =>
  expect(await without(what)).toEqual({
    backend: "cpu",
    threads: 1,
    lines: [line("^backend cpu: plain JavaScript;", "nonmarkov: ", what)],
    product: [11],
    byName: { name: "BackendUnavailableError", backend: "nonmarkov", reason: line(what) },
  }),
);
