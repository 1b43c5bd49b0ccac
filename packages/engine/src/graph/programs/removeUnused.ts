import type { ElementProgram, Instruction } from "../elementwise.ts";

/** A program without the instructions that no output needs. Inputs stay, used or not. */
export const removeUnused = (program: ElementProgram): ElementProgram => {
  const { inputs, instructions, outputs } = program;
  const needed = new Set(outputs);
  for (let i = instructions.length - 1; i >= 0; i--)
    if (needed.has(inputs + i)) for (const register of instructions[i]!.args) needed.add(register);
  const renamed = new Map(Array.from({ length: inputs }, (_, i) => [i, i]));
  const kept: Instruction[] = [];
  const rename = (register: number): number => renamed.get(register)!;
  instructions.forEach((instruction, i) => {
    if (!needed.has(inputs + i)) return;
    renamed.set(inputs + i, inputs + kept.length);
    kept.push({ ...instruction, args: instruction.args.map(rename) });
  });
  return kept.length === instructions.length ? program : { inputs, instructions: kept, outputs: outputs.map(rename) };
};
