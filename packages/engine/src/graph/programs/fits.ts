import type { ElementProgram } from "../elementwise.ts";
import { registerLimit, registerPressure } from "./registerPressure.ts";

/** How large programs may become when they are joined. */
export type ProgramLimits = {
  /** Inputs; 12. */
  readonly inputs?: number;
  /** Outputs; 8. */
  readonly outputs?: number;
  /** Instructions; 40. */
  readonly instructions?: number;
  /** Inputs and outputs together; as many as there may be. */
  readonly buffers?: number;
  /** Numbers held at one time, see registerPressure; 14. */
  readonly registers?: number;
};

/** True of programs within the limits. */
export const fits = (
  program: ElementProgram,
  { inputs = 12, outputs = 8, instructions = 40, buffers = Infinity, registers = registerLimit }: ProgramLimits = {},
): boolean =>
  program.inputs <= inputs &&
  program.outputs.length <= outputs &&
  program.inputs + program.outputs.length <= buffers &&
  program.instructions.length <= instructions &&
  registerPressure(program) <= registers;
