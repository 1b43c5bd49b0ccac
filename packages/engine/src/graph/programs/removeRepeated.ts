import type { ElementOp, ElementProgram, Instruction } from "../elementwise.ts";
import { removeUnused } from "./removeUnused.ts";

const commutative = new Set<ElementOp>(["add", "mul", "max", "min", "squaredDifference"]);

const keyOf = ({ op, args, params = [] }: Instruction): string => {
  const ordered = commutative.has(op) ? [...args].sort((a, b) => a - b) : args;
  return `${op}(${ordered.join()};${params.map((param) => (Object.is(param, -0) ? "-0" : param)).join()})`;
};

/** A program that computes nothing twice, and does not multiply by 1. Bit for bit the same results. */
export const removeRepeated = (program: ElementProgram): ElementProgram => {
  const { inputs, instructions, outputs } = program;
  const registers = Array.from({ length: inputs }, (_, i) => i);
  const known = new Map<string, number>();
  const rewritten = instructions.map((instruction, i): Instruction => {
    const renamed = { ...instruction, args: instruction.args.map((register) => registers[register]!) };
    const key = keyOf(renamed);
    const same = renamed.op === "scale" && renamed.params?.[0] === 1 ? renamed.args[0] : known.get(key);
    registers.push(same ?? inputs + i);
    if (same === undefined) known.set(key, inputs + i);
    return renamed;
  });
  return removeUnused({ inputs, instructions: rewritten, outputs: outputs.map((register) => registers[register]!) });
};
