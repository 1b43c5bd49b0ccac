import { env, tidy } from "@tensorflow/tfjs-core";
import type { Check } from "./checks/check.ts";
import { convolution } from "./checks/convolution.ts";
import { elementwise } from "./checks/elementwise.ts";
import { movement } from "./checks/movement.ts";
import { product } from "./checks/product.ts";
import { SelfCheckError } from "./errors.ts";
import type { BackendName } from "./types.ts";

/** Shaders compute some functions with fewer digits than a processor does; a broken kernel is off by far more. */
const tolerance = 2e-3;

const complaint = (got: ArrayLike<number>, expected: readonly number[]): string | undefined => {
  if (got.length !== expected.length) return `got ${got.length} numbers, expected ${expected.length}`;
  const wrong = expected.findIndex((e, i) => !(Math.abs(got[i]! - e) <= tolerance * Math.max(1, Math.abs(e))));
  return wrong === -1 ? undefined : `element ${wrong} must be ${expected[wrong]}, got ${got[wrong]}`;
};

const checkOne = async (backend: BackendName, { op, run, expected }: Check): Promise<void> => {
  let wrong: string | undefined;
  try {
    const result = tidy(run);
    try {
      wrong = complaint(await result.data(), expected);
    } finally {
      result.dispose();
    }
  } catch (error) {
    throw new SelfCheckError(backend, op, error instanceof Error ? error.message : String(error), error);
  }
  if (wrong !== undefined) throw new SelfCheckError(backend, op, wrong);
};

/**
 * Runs the current backend on known results: convolutions and their gradients, matrix products, elementwise functions,
 * reductions, and what moves numbers.
 * @throws SelfCheckError naming the first op that is wrong
 */
export const selfCheck = async (backend: BackendName): Promise<void> => {
  const flag = "WEBGPU_CPU_FORWARD"; // tfjs would compute tensors this small on the processor
  const before = backend === "webgpu" && env().getBool(flag);
  if (before) env().set(flag, false);
  try {
    for (const check of [...convolution(1), ...convolution(2), ...product(), ...elementwise(), ...movement()])
      await checkOne(backend, check);
  } finally {
    if (before) env().set(flag, true);
  }
};
