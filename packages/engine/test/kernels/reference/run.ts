import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { lower } from "../../../src/commands/lower.ts";
import { opcodes } from "../../../src/commands/lowering.ts";
import type { Backend } from "../../../src/backend/backend.ts";
import { expectFences } from "./guarded.ts";
import type { Numbers } from "./numbers.ts";

/** The backend in use, which must be ours. */
export const ours = (): Backend => {
  expect(tf.getBackend()).toBe("nonmarkov");
  return tf.engine().backend as Backend;
};

/** The types of tensors. */
export type Dtype = "float32" | "int32" | "bool";

const tensorOf = ({ shape, data }: Numbers, dtype: Dtype): tf.Tensor =>
  tf.tensor(dtype === "float32" ? data : Array.from(data), [...shape], dtype);

/** Runs a kernel; expects that nothing is written beside its results, and that all tensors and all memory are given back but for the results. */
export const run = (
  op: string,
  inputs: Readonly<Record<string, Numbers>> | readonly Numbers[],
  attrs: object = {},
  dtype: Dtype = "float32",
): readonly Numbers[] => {
  const backend = ours();
  const before = [tf.memory().numTensors, backend.machine.usage().bytes];
  const tensors = Object.fromEntries(
    Object.entries(inputs as Readonly<Record<string, Numbers>>).map(([name, numbers]) => [
      name,
      tensorOf(numbers, dtype),
    ]),
  );
  const given = Array.isArray(inputs) ? Object.values(tensors) : tensors;
  const made = [tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(op, given as never, attrs as never)].flat();
  const results = made.map((tensor) => ({ shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) }));
  tf.dispose([made, tensors] as never);
  expect([tf.memory().numTensors, backend.machine.usage().bytes]).toEqual(before);
  expectFences(backend.machine);
  return results;
};

/** Runs a kernel of one result. */
export const runOne = (...call: Parameters<typeof run>): Numbers => run(...call)[0]!;

const names = Object.fromEntries(Object.entries(opcodes).map(([name, opcode]) => [opcode, name]));

/** The machine's commands that a kernel becomes; undefined where tfjs's cpu kernel does it. */
export const commandsOf = (
  op: string,
  shapes: readonly (readonly number[])[],
  attrs: object = {},
): readonly string[] | undefined =>
  lower(
    op,
    shapes.map((shape) => ({ shape, dtype: "float32" })),
    attrs as Readonly<Record<string, unknown>>,
  )?.commands.map(({ opcode }) => names[opcode]!);
