import { getBackend } from "@tensorflow/tfjs-core";
import { afterEach, expect, test, vi } from "vitest";
import { start, UnknownBackendError } from "../src/index.ts";

afterEach(() => vi.unstubAllEnvs());

test("starting leaves no listeners for errors that nobody catches", async () => {
  const count = (): number => process.listenerCount("uncaughtException") + process.listenerCount("unhandledRejection");
  const before = count();
  await start({ backend: "wasm" });
  expect(count()).toBe(before);
});

test("a backend asked for by name is used, and started again it is only switched to", async () => {
  for (const backend of ["wasm", "cpu", "wasm"] as const) {
    const started = await start({ backend });
    expect(started).toMatchObject({ backend, threads: 1, tried: [{ backend, ok: true }] });
    expect(getBackend()).toBe(backend);
  }
});

test("left to itself it says which backend it takes and what is wrong with better ones", async () => {
  vi.stubEnv("NONMARKOV_BACKEND", "");
  const lines: string[] = [];
  const { backend, why, tried } = await start({ log: (line) => lines.push(line) });
  expect(["webgpu", "wasm"]).toContain(backend);
  expect(lines).toEqual([`backend ${backend}: ${why}`]);
  expect(tried.at(-1)).toMatchObject({ backend, ok: true });
  for (const { reason } of tried) expect(why).toContain(reason);
});

test("the environment chooses where the option does not", async () => {
  vi.stubEnv("NONMARKOV_BACKEND", "cpu");
  expect(await start()).toMatchObject({ backend: "cpu", why: expect.stringContaining("NONMARKOV_BACKEND") as string });
  expect(await start({ backend: "wasm" })).toMatchObject({ backend: "wasm" });
});

test("an unknown backend is a typed error that names the valid ones, wherever it comes from", async () => {
  const expected = { requested: "wsam", valid: ["auto", "webgpu", "wasm", "cpu"] };
  const error: unknown = await start({ backend: "wsam" as "wasm" }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UnknownBackendError);
  expect(error).toMatchObject(expected);
  expect((error as Error).message).toMatch(/^start: backend: must be one of auto, webgpu, wasm, cpu, got "wsam"/);
  vi.stubEnv("NONMARKOV_BACKEND", "wsam");
  await expect(start()).rejects.toMatchObject(expected);
  await expect(start()).rejects.toThrow(/^NONMARKOV_BACKEND/);
});

test.each([0, 1.5, -1, NaN])("%s threads are refused", (threads) =>
  expect(start({ backend: "wasm", threads })).rejects.toThrow(RangeError),
);
