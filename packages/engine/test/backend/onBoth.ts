import { backend, dispose, memory, setBackend, tensor, tidy, type Tensor } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { Backend } from "../../src/backend/backend.ts";
import { jit } from "../../src/index.ts";

/** What a computation gave: a string if it threw. */
export type Outcome =
  | string
  | readonly { readonly shape: readonly number[]; readonly dtype: string; readonly values: readonly unknown[] }[];

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Float32 numbers in -2..2 without a pattern. */
export const floats = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Array.from({ length: sizeOf(shape) }, (_, i) => 2 * Math.sin(1 + i * 1.7 + seed * 13)),
    [...shape],
  );
/** Whole numbers in -5..5. */
export const whole = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Array.from({ length: sizeOf(shape) }, (_, i) => (((i + seed) * 7919) % 11) - 5),
    [...shape],
    "int32",
  );
/** Truth values. */
export const truths = (shape: readonly number[], seed = 1): Tensor =>
  tensor(
    Array.from({ length: sizeOf(shape) }, (_, i) => ((i + seed) * 7919) % 11 > 4),
    [...shape],
    "bool",
  );

/** Computes on the current backend. */
export const outcome = (compute: () => Tensor | readonly Tensor[]): Outcome => {
  const made: Tensor[] = [];
  try {
    made.push(...([tidy(compute as () => Tensor[])].flat() as Tensor[]));
    return made.map((t) => ({
      shape: t.shape,
      dtype: t.dtype,
      values: Array.from(t.dataSync() as ArrayLike<unknown>),
    }));
  } catch (error) {
    return `threw: ${(error as Error).message}`;
  } finally {
    dispose(made);
  }
};

const isClose = (got: unknown, wanted: unknown): boolean =>
  typeof got === "number" && typeof wanted === "number" && Number.isFinite(got) && Number.isFinite(wanted)
    ? Math.abs(got - wanted) <= 1e-4 * (1 + Math.abs(wanted))
    : Object.is(got, wanted);

const expectClose = (got: Outcome, wanted: Outcome): void => {
  if (typeof wanted === "string" || typeof got === "string") {
    expect(typeof got, `${String(got)} against ${String(wanted)}`).toBe(typeof wanted);
    return;
  }
  expect(got.map(({ shape, dtype }) => [shape, dtype])).toEqual(wanted.map(({ shape, dtype }) => [shape, dtype]));
  got.forEach(({ values }, i) => {
    const off = values.findIndex((value, j) => !isClose(value, wanted[i]!.values[j]));
    expect(values[off], `number ${off} of result ${i}`).toBe(wanted[i]!.values[off]);
  });
};

/** Checks that our backend computes what tfjs's cpu backend does, or throws where that does, and frees what it made. */
export const expectSame = async (compute: () => Tensor | readonly Tensor[]): Promise<void> => {
  await setBackend("cpu");
  const wanted = outcome(compute);
  await setBackend("nonmarkov");
  const ours = backend() as Backend;
  const state = (): unknown => [memory().numTensors, ours.numDataIds(), ours.machine.usage().bytes];
  const before = state();
  const got = outcome(compute);
  expect(state()).toEqual(before);
  expectClose(got, wanted);
};

/** Checks that a computation, recorded and replayed, gives what it gives at once, and that replays leave nothing behind. */
export const expectSameRecorded = async (compute: () => Tensor | readonly Tensor[]): Promise<void> => {
  await setBackend("nonmarkov");
  const wanted = outcome(compute);
  const recorded = jit(() => tidy(() => [compute()].flat() as Tensor[]));
  const got = [outcome(() => recorded())];
  const before = memory().numTensors;
  got.push(
    outcome(() => recorded()),
    outcome(() => recorded()),
  );
  expect(memory().numTensors).toBe(before);
  for (const one of got) expectClose(one, wanted);
};
