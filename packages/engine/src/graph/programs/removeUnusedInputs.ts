import type { ElementProgram } from "../elementwise.ts";

/** A program of the inputs that it uses only, and which of the old inputs these are. */
export type Narrowed = {
  /** The program, of fewer inputs. */
  readonly program: ElementProgram;
  /** For each input of it, which input of the old program it was. */
  readonly kept: readonly number[];
};

/** Leaves out inputs that no instruction and no output uses, from the one numbered `from` on. */
export const removeUnusedInputs = ({ inputs, instructions, outputs }: ElementProgram, from = 0): Narrowed => {
  const used = new Set([...instructions.flatMap(({ args }) => args), ...outputs]);
  const kept = Array.from({ length: inputs }, (_, i) => i).filter((i) => i < from || used.has(i));
  const place = new Map(kept.map((old, i) => [old, i]));
  const rename = (register: number): number =>
    register < inputs ? place.get(register)! : register - inputs + kept.length;
  return {
    program: {
      inputs: kept.length,
      instructions: instructions.map((instruction) => ({ ...instruction, args: instruction.args.map(rename) })),
      outputs: outputs.map(rename),
    },
    kept,
  };
};
