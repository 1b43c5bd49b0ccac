import type { ElementProgram } from "../elementwise.ts";
import type { Shape, Use } from "../graph.ts";
import { commonShape } from "../shapes/commonShape.ts";
import { reexpress } from "../shapes/reexpress.ts";
import { composePrograms, type Part } from "./composePrograms.ts";
import { removeRepeated } from "./removeRepeated.ts";
import { removeUnusedInputs } from "./removeUnusedInputs.ts";

/** A part whose inputs broadcast to a shape of its own. */
export type ShapedPart = Part & {
  /** The shape of what it makes. */
  readonly shape: Shape;
};

const seenAs = (part: ShapedPart, shape: Shape): Part | undefined => {
  const inputs = part.inputs.map((use): Use | undefined => {
    const seen = reexpress(use.shape, part.shape, shape);
    return seen && { value: use.value, shape: seen };
  });
  return inputs.every((use) => use !== undefined) ? { ...part, inputs } : undefined;
};

/**
 * One part that does what several do one after the other; they may differ in shape, if there is one that will do for all.
 * Undefined if there is none.
 * @param wanted the values that are written out
 * @param shape what the shape must be; the best there is
 */
export const joinParts = (
  parts: readonly ShapedPart[],
  wanted: readonly number[],
  shape = commonShape(parts.map((part) => ({ output: part.shape, inputs: part.inputs.map((use) => use.shape) }))),
): ShapedPart | undefined => {
  if (shape === undefined) return undefined;
  const seen = parts.map((part) => seenAs(part, shape));
  if (!seen.every((part) => part !== undefined)) return undefined;
  const whole = composePrograms(seen, wanted);
  const { program, kept } = removeUnusedInputs(removeRepeated(whole.program));
  return { program, inputs: kept.map((i) => whole.inputs[i]!), outputs: wanted, shape };
};

/** A program that gives back its input. */
export const nothing: ElementProgram = { inputs: 1, instructions: [], outputs: [0] };
