import type { ElementProgram, Instruction } from "../elementwise.ts";
import type { Use } from "../graph.ts";

/** A program in a graph, and what it reads and makes there. */
export type Part = {
  /** What is computed. */
  readonly program: ElementProgram;
  /** One for each input of the program; the shapes are those with which they broadcast to the common shape. */
  readonly inputs: readonly Use[];
  /** The values that the program's outputs are. */
  readonly outputs: readonly number[];
};

/** What is read from outside: the same value broadcast in two ways is two inputs. */
const keyOf = (use: Use): string => `${use.value}:${use.shape.join()}`;

/** What the parts read that no part before them made, each once, in the order in which it is met. */
const readFromOutside = (parts: readonly Part[]): readonly Use[] => {
  const made = new Set<number>();
  const read = new Map<string, Use>();
  for (const { inputs, outputs } of parts) {
    for (const use of inputs) if (!made.has(use.value) && !read.has(keyOf(use))) read.set(keyOf(use), use);
    for (const value of outputs) made.add(value);
  }
  return [...read.values()];
};

/**
 * One program that does what several do one after the other, where all have one shape. Later parts take what earlier parts
 * made from its register.
 * @param wanted the values that are written out
 */
export const composePrograms = (parts: readonly Part[], wanted: readonly number[]): Part => {
  const inputs = readFromOutside(parts);
  const outside = new Map(inputs.map((use, register) => [keyOf(use), register]));
  const made = new Map<number, number>();
  const instructions: Instruction[] = [];
  for (const part of parts) {
    const registers = part.inputs.map((use) => made.get(use.value) ?? outside.get(keyOf(use))!);
    for (const instruction of part.program.instructions) {
      registers.push(inputs.length + instructions.length);
      instructions.push({ ...instruction, args: instruction.args.map((register) => registers[register]!) });
    }
    part.outputs.forEach((value, i) => made.set(value, registers[part.program.outputs[i]!]!));
  }
  const outputs = wanted.map((value) => made.get(value)!);
  return { program: { inputs: inputs.length, instructions, outputs }, inputs, outputs: wanted };
};
