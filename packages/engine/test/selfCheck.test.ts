import "@tensorflow/tfjs-backend-cpu";
import { getBackend, getKernel, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test, vi } from "vitest";
import type * as kernels from "../src/backend/kernels.ts";
import { type NoBackendError, SelfCheckError, start } from "../src/index.ts";

/** Makes a backend compute one op as another. */
const spoil = (backend: string, op: string, as: string): void => {
  const { kernelFunc } = getKernel(as, backend)!;
  unregisterKernel(op, backend);
  registerKernel({ kernelName: op, backendName: backend, kernelFunc });
};

vi.mock("../src/backend/kernels.ts", async (original) => {
  const module = await original<typeof kernels>();
  return {
    ...module,
    registerKernels: () => {
      module.registerKernels();
      spoil("nonmarkov", "Exp", "Neg");
    },
  };
});

beforeAll(() => {
  vi.stubEnv("NONMARKOV_BACKEND", "");
  vi.stubGlobal("navigator", { gpu: { requestAdapter: () => Promise.resolve(null) } });
});

test("a backend that computes an op wrong is refused with the op's name when it was asked for", async () => {
  const error: unknown = await start({ backend: "nonmarkov" }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(SelfCheckError);
  expect(error).toMatchObject({
    backend: "nonmarkov",
    op: "Exp",
    reason: expect.stringContaining("must be 0.0497") as string,
  });
  expect(getBackend()).not.toBe("nonmarkov");
});

test("left to itself it warns, and takes the next one", async () => {
  const lines: string[] = [];
  const { backend, tried } = await start({ log: (line) => lines.push(line) });
  expect(backend).toBe("cpu");
  expect(tried.map((attempt) => [attempt.backend, attempt.ok])).toEqual([
    ["webgpu", false],
    ["nonmarkov", false],
    ["cpu", true],
  ]);
  expect(lines[0]).toMatch(/^warning: .*nonmarkov.* in Exp/);
});

test("webgpu asked for by name where there is no adapter is an error that says so", () =>
  expect(start({ backend: "webgpu" })).rejects.toMatchObject({
    name: "BackendUnavailableError",
    backend: "webgpu",
    reason: expect.stringContaining("adapter") as string,
  }));

test("when no backend is right, that is an error with every reason", async () => {
  vi.resetModules(); // an engine that has not seen the cpu backend yet
  const engine = await import("../src/index.ts");
  spoil("cpu", "Conv2DBackpropFilter", "Conv2D");
  const error: unknown = await engine.start().catch((e: unknown) => e);
  expect(error).toBeInstanceOf(engine.NoBackendError);
  expect((error as NoBackendError).tried.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("adapter"),
    expect.stringContaining("Exp"),
    expect.stringContaining("Conv2DBackpropFilter"),
  ]);
});
