import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { lower } from "../../../src/commands/lower.ts";
import { opcodes } from "../../../src/commands/lowering.ts";
import type { Backend } from "../../../src/backend/backend.ts";
import type { Numbers } from "./numbers.ts";

/** The backend in use, which must be ours. */
export const ours = (): Backend => {
  expect(tf.getBackend()).toBe("nonmarkov");
  return tf.engine().backend as Backend;
};

const tensorOf = ({ shape, data }: Numbers): tf.Tensor => tf.tensor(data, [...shape], "float32");

/** Runs a kernel; expects that all tensors and all memory are given back but for the results. */
export const run = (op: string, inputs: Readonly<Record<string, Numbers>>, attrs: object = {}): readonly Numbers[] => {
  const backend = ours();
  const before = [tf.memory().numTensors, backend.machine.usage().bytes];
  const tensors = Object.fromEntries(Object.entries(inputs).map(([name, numbers]) => [name, tensorOf(numbers)]));
  const given = Array.isArray(inputs) ? Object.values(tensors) : tensors;
  const made = [tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(op, given as never, attrs as never)].flat();
  const results = made.map((tensor) => ({ shape: tensor.shape, data: tensor.dataSync() as Float32Array }));
  tf.dispose([made, tensors] as never);
  expect([tf.memory().numTensors, backend.machine.usage().bytes]).toEqual(before);
  return results;
};

/** Runs a kernel of one result. */
export const runOne = (op: string, inputs: Readonly<Record<string, Numbers>>, attrs: object = {}): Numbers =>
  run(op, inputs, attrs)[0]!;

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
