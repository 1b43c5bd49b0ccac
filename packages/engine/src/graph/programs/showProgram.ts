import type { ElementProgram, Instruction } from "../elementwise.ts";

const infix: Readonly<Partial<Record<Instruction["op"], string>>> = { add: "+", sub: "-", mul: "*", div: "/" };

const showInstruction = ({ op, params = [] }: Instruction, args: readonly string[]): string => {
  const sign = infix[op];
  if (sign !== undefined) return `(${args.join(` ${sign} `)})`;
  if (op === "scale") return `${params[0]} * ${args[0]}`;
  if (op === "shift") return `(${args[0]} + ${params[0]})`;
  if (op === "neg") return `-${args[0]}`;
  return `${op}(${[...args, ...params].join(", ")})`;
};

/**
 * A program as formulas, e.g. "silu((x0 + x1))": results that are used more than once get names t0, t1, ..., and outputs
 * are listed last.
 * @param names of the inputs; x0, x1, ...
 */
export const showProgram = (
  { inputs, instructions, outputs }: ElementProgram,
  names: readonly string[] = Array.from({ length: inputs }, (_, i) => `x${i}`),
): string => {
  const uses = new Map<number, number>();
  for (const register of [...instructions.flatMap(({ args }) => args), ...outputs])
    uses.set(register, (uses.get(register) ?? 0) + 1);
  const shown = [...names];
  const lines: string[] = [];
  instructions.forEach((instruction, i) => {
    const formula = showInstruction(
      instruction,
      instruction.args.map((register) => shown[register]!),
    );
    const named = (uses.get(inputs + i) ?? 0) > 1;
    const name = `t${lines.length}`;
    if (named) lines.push(`${name} = ${formula}`);
    shown.push(named ? name : formula);
  });
  return [...lines, outputs.map((register) => shown[register]!).join(", ")].join("; ");
};
