import { availableParallelism } from "node:os";
import { getBackend } from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { start, UnknownBackendError } from "../src/index.ts";

afterEach(() => vi.unstubAllEnvs());

test("starting leaves no listeners for errors that nobody catches", async () => {
  const count = (): number => process.listenerCount("uncaughtException") + process.listenerCount("unhandledRejection");
  const before = count();
  await start({ backend: "nonmarkov" });
  expect(count()).toBe(before);
});

test("a backend asked for by name is used, and started again it is only switched to", async () => {
  for (const backend of ["nonmarkov", "cpu", "nonmarkov"] as const) {
    const started = await start({ backend });
    expect(started).toMatchObject({ backend, tried: [{ backend, ok: true }] });
    expect(getBackend()).toBe(backend);
  }
});

test("our backend takes a thread per core, says so, and keeps them whatever later starts ask for", async () => {
  const threads = Math.min(availableParallelism(), 64);
  for (const options of [{}, { threads: threads + 1 }]) {
    const started = await start({ backend: "nonmarkov", ...options });
    expect(started.threads).toBe(threads);
    expect(started.why).toMatch(
      new RegExp(`^WebAssembly with (relaxed )?SIMD, ${threads} threads?; asked for by name$`),
    );
  }
  expect((await start({ backend: "cpu" })).threads).toBe(1);
});

test("left to itself it says which backend it takes and what is wrong with better ones", async () => {
  vi.stubEnv("NONMARKOV_BACKEND", "");
  const lines: string[] = [];
  const { backend, why, tried } = await start({ log: (line) => lines.push(line) });
  expect(["webgpu", "nonmarkov"]).toContain(backend);
  expect(lines).toEqual([`backend ${backend}: ${why}`]);
  expect(tried.at(-1)).toMatchObject({ backend, ok: true });
  for (const { reason } of tried) expect(why).toContain(reason);
});

test("the environment chooses where the option does not", async () => {
  vi.stubEnv("NONMARKOV_BACKEND", "cpu");
  expect(await start()).toMatchObject({ backend: "cpu", why: expect.stringContaining("NONMARKOV_BACKEND") as string });
  expect(await start({ backend: "nonmarkov" })).toMatchObject({ backend: "nonmarkov" });
});

test("an unknown backend is a typed error that names the valid ones, wherever it comes from", async () => {
  const expected = { requested: "nonmarkow", valid: ["auto", "webgpu", "nonmarkov", "cpu"] };
  const error: unknown = await start({ backend: "nonmarkow" as "nonmarkov" }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UnknownBackendError);
  expect(error).toMatchObject(expected);
  expect((error as Error).message).toMatch(
    /^start: backend: must be one of auto, webgpu, nonmarkov, cpu, got "nonmarkow"/,
  );
  vi.stubEnv("NONMARKOV_BACKEND", "nonmarkow");
  await expect(start()).rejects.toMatchObject(expected);
  await expect(start()).rejects.toThrow(/^NONMARKOV_BACKEND/);
});

test.each([0, 1.5, -1, NaN])("%s threads are refused", (threads) =>
  expect(start({ backend: "nonmarkov", threads })).rejects.toThrow(RangeError),
);
