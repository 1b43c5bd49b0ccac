import { env, tidy, type Tensor } from "@tensorflow/tfjs-core";
import type { Check, Fault } from "./checks/check.ts";
import { composed } from "./checks/composed.ts";
import { convolution } from "./checks/convolution.ts";
import { elementwise } from "./checks/elementwise.ts";
import { movement } from "./checks/movement.ts";
import { asTensor } from "./checks/numbers.ts";
import { product } from "./checks/product.ts";
import { reductions } from "./checks/reductions.ts";
import { DeviceLostError, GpuError, SelfCheckError, ShaderError } from "./errors.ts";
import { jit } from "./jit/jit.ts";
import { NoKernelError } from "./jit/noKernelError.ts";
import type { BackendName, Prepared } from "./types.ts";

type Attempt = NonNullable<Prepared["attempt"]>;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A device that is lost says nothing about its ops. */
const faultOf = (op: string, error: unknown): Fault => {
  if (error instanceof DeviceLostError) throw error;
  const reason = error instanceof ShaderError || error instanceof GpuError ? error.reason : messageOf(error);
  return { op, reason, cause: error };
};

/** What came of a check, once it is read; the first fault of all counts. */
type Outcome = () => Promise<Fault | undefined>;

/** Begins to read results at once, without waiting. The results are used up. */
const reading = (results: readonly Tensor[]) => {
  const parts = Promise.allSettled(results.map((result) => result.data()));
  const shapes = results.map(({ shape }) => shape);
  return async (check: Check): Promise<Fault | undefined> => {
    const read: ArrayLike<number>[] = [];
    for (const part of await parts) {
      if (part.status === "rejected") return faultOf(check.op, part.reason);
      read.push(part.value);
    }
    return check.judge(read.map((values, i) => ({ shape: shapes[i]!, values })));
  };
};

/** Runs a check's kernels, one by one. */
const eagerly = (check: Check, attempt: Attempt, thorough: boolean): Outcome => {
  let results: readonly Tensor[] = [];
  let fault: ReturnType<typeof reading> = async () => undefined;
  let thrown: { readonly error: unknown } | undefined;
  const hidden = attempt(() => {
    try {
      results = tidy(() => [...check.run(check.inputs(thorough).map(asTensor), thorough)]);
      fault = reading(results);
    } catch (error) {
      thrown = { error };
    }
  });
  return async () => {
    const [error, wrong] = await Promise.all([hidden, fault(check)]);
    for (const result of results) result.dispose();
    if (thrown !== undefined) return faultOf(check.op, thrown.error);
    return error === undefined ? wrong : faultOf(check.op, error);
  };
};

/** Runs all checks' kernels as one recorded function, besides those that cannot be recorded. */
const recorded = (checks: readonly Check[], attempt: Attempt): readonly Outcome[] => {
  const left = new Map<Check, unknown>();
  const all = jit((inputs: Tensor[][]) =>
    checks.map((check, i) => {
      try {
        return [...check.run(inputs[i]!, true)];
      } catch (error) {
        left.set(check, error);
        return [];
      }
    }),
  );
  let results: readonly (readonly Tensor[])[] = [];
  let faults: readonly ReturnType<typeof reading>[] = [];
  let thrown: { readonly error: unknown } | undefined;
  const hidden = attempt(() => {
    try {
      results = tidy(() => all(checks.map((check) => check.inputs(true).map(asTensor))));
      faults = results.map(reading);
    } catch (error) {
      thrown = { error };
    }
  });
  const first: Outcome = async () => {
    const error = thrown === undefined ? await hidden : thrown.error;
    return error === undefined
      ? undefined
      : faultOf(error instanceof ShaderError ? error.op : "a recorded function", error);
  };
  const each = checks.map((check, i): Outcome => async () => {
    const error = left.get(check);
    if (error instanceof NoKernelError || thrown !== undefined) return undefined;
    const fault = error === undefined ? await faults[i]!(check) : faultOf(check.op, error);
    results[i]!.forEach((result) => result.dispose());
    return fault && { ...fault, reason: `recorded, ${fault.reason}` };
  });
  return [first, ...each];
};

/** Turns off that tfjs computes tensors as small as these on the processor. @returns what turns it on again */
const onGpu = (backend: BackendName): (() => void) => {
  const flag = "WEBGPU_CPU_FORWARD";
  if (backend !== "webgpu" || !env().getBool(flag)) return () => undefined;
  env().set(flag, false);
  return () => env().set(flag, true);
};

/** How to check a backend. */
export type SelfCheckOptions = {
  /** Runs a function and tells the errors of it that come to light later; default: there are none. */
  readonly attempt?: Attempt | undefined;
  /** Whether to look at every gradient, not only those with kernels of their own; default on GPUs, whose drivers differ. */
  readonly thorough?: boolean;
  /** Whether to look at recorded functions too; default on GPUs, where their kernels are others. */
  readonly record?: boolean;
};

/**
 * Runs the current backend on known results, forward and gradient: elementwise functions, matrix products, convolutions,
 * reductions, what moves numbers, and what networks are made of.
 * @throws SelfCheckError naming the first op that is wrong
 * @throws DeviceLostError if a GPU's device is lost meanwhile
 */
export const selfCheck = async (
  backend: BackendName,
  {
    attempt = async (f) => {
      f();
      return undefined;
    },
    thorough = backend === "webgpu",
    record = backend === "webgpu",
  }: SelfCheckOptions = {},
): Promise<void> => {
  const restore = onGpu(backend);
  try {
    const checks = [movement, elementwise, product, convolution, reductions, composed].flatMap((list) => list());
    const outcomes = [
      ...checks.map((check) => eagerly(check, attempt, thorough)),
      ...(record
        ? recorded(
            checks.filter(({ isCostly }) => !isCostly),
            attempt,
          )
        : []),
    ];
    const faults = await Promise.all(outcomes.map((outcome) => outcome()));
    const found = faults.filter((fault) => fault !== undefined);
    const first = found.find(({ ofGradient }) => !ofGradient) ?? found[0];
    if (first === undefined) return;
    const { op, ofGradient = false, reason, cause } = first;
    throw new SelfCheckError(backend, ofGradient ? `the gradient of ${op}` : op, reason, cause);
  } finally {
    restore();
  }
};
