import type { Tensor } from "@nonmarkov/autodiff";
import type { DenoiserOptions } from "./denoiserOptions.ts";
import { type Layout, shapeIn } from "./layout.ts";
import { describeInput, describeInputs, type ModelInput, takes } from "./modelInput.ts";
import { type Roles, rolesOf } from "./roles.ts";
import { type Time, timeFor } from "./time.ts";

/** A checked way to call a model. */
export type Call = {
  readonly roles: Roles;
  readonly output: ModelInput;
  readonly layout: Layout;
  /** Checks x, and says what the model is told at index t. @throws RangeError where x or t do not fit the model */
  readonly at: (x: Tensor, t: number) => Time;
  /** @throws RangeError where the model's result has another shape than x */
  readonly check: (x: Tensor, shape: readonly number[]) => void;
};

const outputOf = (where: string, outputs: readonly ModelInput[], name: string | undefined): ModelInput => {
  const found = name === undefined ? outputs : outputs.filter((output) => output.name === name);
  if (found.length === 1) return found[0]!;
  throw new RangeError(
    `${where}: output must name one of the model's outputs, got ${name === undefined ? "none" : `"${name}"`}; ` +
      `it has ${describeInputs(outputs)}`,
  );
};

const layouts: readonly Layout[] = ["NHWC", "NCHW"];

/**
 * Checks, once, how a model is to be called.
 * @param where who asks, for error messages
 * @throws RangeError where the options do not fit the model's inputs and outputs
 */
export const callOf = (
  where: string,
  inputs: readonly ModelInput[],
  outputs: readonly ModelInput[],
  { inputs: names = {}, output, time = {}, layout = "NHWC", labels }: DenoiserOptions,
): Call => {
  if (!layouts.includes(layout))
    throw new RangeError(`${where}: layout must be ${layouts.join(" or ")}, got "${String(layout)}"`);
  const roles = rolesOf(where, inputs, names, labels !== undefined);
  const timeAt = timeFor(where, roles.t, time);
  if (roles.x.dtype !== "float32")
    throw new RangeError(`${where}: x must be float32, got ${describeInput(roles.x)}; convert the model to float32`);
  if (roles.labels !== undefined && !["float32", "int32", "int64"].includes(roles.labels.dtype))
    throw new RangeError(`${where}: labels must be float32, int32 or int64, got ${describeInput(roles.labels)}`);
  return {
    roles,
    output: outputOf(where, outputs, output),
    layout,
    at: (x, t) => {
      const shape = shapeIn(layout, x.shape);
      if (!takes(roles.x, shape))
        throw new RangeError(
          `${where}: x must fit the model's input ${describeInput(roles.x)}, got [${x.shape.join(", ")}]` +
            (layout === "NCHW" ? `, which is [${shape.join(", ")}] as NCHW` : ""),
        );
      const told = timeAt(t, x.shape[0]!);
      if (!takes(roles.t, told.shape))
        throw new RangeError(
          `${where}: the time must fit the model's input ${describeInput(roles.t)}, got [${told.shape.join(", ")}]`,
        );
      if (labels !== undefined && !(labels.shape[0] === x.shape[0] && takes(roles.labels!, labels.shape)))
        throw new RangeError(
          `${where}: labels must be one for each of the ${x.shape[0]} rows, as ${describeInput(roles.labels!)}, ` +
            `got [${labels.shape.join(", ")}]`,
        );
      return told;
    },
    check: (x, shape) => {
      const wanted = shapeIn(layout, x.shape);
      if (shape.join() === wanted.join()) return;
      throw new RangeError(
        `${where}: the model's output must have the shape of x, [${wanted.join(", ")}], got [${shape.join(", ")}]` +
          "; name another output, or cut the model where it makes its prediction",
      );
    },
  };
};
