import { readdirSync, readFileSync } from "node:fs";
import { grad, ops, own, treeDispose, treeDot, type Tensor } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import {
  getKernel,
  getKernelsForBackend,
  type KernelBackend,
  type KernelConfig,
  memory,
  ones,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, test } from "vitest";
import { cases, draw } from "../../autodiff/test/cases.ts";
import { SelfCheckError, start } from "../src/index.ts";
import { selfCheck } from "../src/selfCheck.ts";

type Kernel = KernelConfig["kernelFunc"];
type Backend = KernelBackend & { readonly makeTensorInfo: (...args: unknown[]) => TensorInfo };

const replace = (kernelName: string, backendName: string, kernelFunc: Kernel): void => {
  unregisterKernel(kernelName, backendName);
  registerKernel({ kernelName, backendName, kernelFunc });
};

let restore = (): void => undefined;
afterEach(() => restore());

/** Puts something in the place of kernels until the test ends. */
const instead = (backendName: string, names: readonly string[], make: (own: Kernel, name: string) => Kernel): void => {
  const originals = names.map((name) => [name, getKernel(name, backendName)!.kernelFunc] as const);
  for (const [name, original] of originals) replace(name, backendName, make(original, name));
  restore = () => {
    for (const [name, original] of originals) replace(name, backendName, original);
    restore = () => undefined;
  };
};

/** The names of the kernels that run until the test ends. */
const traced = (backendName: string): Set<string> => {
  const names = new Set<string>();
  const all = getKernelsForBackend(backendName).map(({ kernelName }) => kernelName);
  instead(backendName, all, (original, name) => (call) => {
    names.add(name);
    return original(call);
  });
  return names;
};

/** A result with one number in its middle off: by half, or by one. */
const off = ({ dataId, shape, dtype }: TensorInfo, backend: Backend): TensorInfo => {
  const values = (backend.readSync(dataId) as Float32Array).slice();
  const middle = values.length >> 1;
  values[middle] = dtype === "bool" ? 1 - values[middle]! : values[middle]! + (dtype === "float32" ? 0.5 : 1);
  return backend.makeTensorInfo(shape, dtype, values);
};

const breaks = (backendName: string, kernel: string): void =>
  instead(backendName, [kernel], (original) => (call) => {
    const outputs = original(call);
    const backend = call.backend as Backend;
    return Array.isArray(outputs) ? outputs.map((output) => off(output, backend)) : off(outputs as TensorInfo, backend);
  });

/** How the check calls what a kernel computes. */
const nameOf = (kernel: string): string =>
  kernel.endsWith("Grad") ? `the gradient of ${kernel.slice(0, -"Grad".length)}` : kernel;

const computeWithGradient = (f: (xs: Tensor[]) => Tensor[], inputs: Tensor[]): void => {
  const sum = (xs: Tensor[]): Tensor =>
    own(() => {
      const values = f(xs);
      return treeDot(
        values,
        values.map((y) => ones(y.shape)),
      );
    });
  treeDispose([...f(inputs), ...grad(sum)(inputs)]);
};

test("every op of the surface is in a check, besides those that write numbers down", () => {
  const dir = new URL("../src/checks/", import.meta.url);
  const checks = readdirSync(dir).map((name) => readFileSync(new URL(name, dir), "utf8"));
  const missing = Object.keys(ops).filter((name) => !checks.some((text) => new RegExp(`ops\\.${name}\\b`).test(text)));
  expect(missing).toEqual(["ones", "scalar", "tensor2d", "tensor3d", "tensor4d", "zeros"]);
});

const backends = ["cpu", "nonmarkov"] as const;
for (const backend of backends) await start({ backend });

describe.each(backends)("%s", async (backend) => {
  await start({ backend });
  const checked = traced(backend);
  await selfCheck(backend);
  restore();

  test.each([...checked])("its check notices a %s whose middle number is off, and names it", async (kernel) => {
    await start({ backend });
    breaks(backend, kernel);
    const error: unknown = await selfCheck(backend).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SelfCheckError);
    expect((error as SelfCheckError).op).toMatch(new RegExp(`^${nameOf(kernel)}( with |$)`));
  });

  test("its check leaves no tensors behind, whether it passes or not", async () => {
    await start({ backend });
    const { numTensors } = memory();
    await selfCheck(backend, { thorough: true, record: true });
    breaks(backend, "Tanh");
    await expect(selfCheck(backend, { thorough: true, record: true })).rejects.toThrow(SelfCheckError);
    expect(memory().numTensors).toBe(numTensors);
  });

  test("its check runs every kernel that an op with a gradient runs", async () => {
    await start({ backend });
    const ran = traced(backend);
    for (const testCase of cases) {
      const inputs = draw(testCase, key(1));
      computeWithGradient((xs) => [testCase.f(...xs)].flat() as Tensor[], inputs);
      treeDispose(inputs);
    }
    expect([...ran].filter((kernel) => !checked.has(kernel))).toEqual([]);
  });
});
