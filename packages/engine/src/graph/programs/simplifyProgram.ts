import type { ElementProgram, Instruction } from "../elementwise.ts";
import { registerLimit, registerPressure } from "./registerPressure.ts";
import { removeRepeated } from "./removeRepeated.ts";
import { removeUnused } from "./removeUnused.ts";

/** What simplifyProgram may do. */
export type SimplifyOptions = {
  /** Joins a product and a sum, which are then rounded once instead of twice; true. */
  readonly fma?: boolean;
};

/** Looks up the instruction that made a register, if only one instruction uses it and nobody else. */
type UsedOnce = (register: number) => Instruction | undefined;

const usedOnceIn = ({ inputs, instructions, outputs }: ElementProgram): UsedOnce => {
  const uses = new Map<number, number>();
  for (const register of [...instructions.flatMap(({ args }) => args), ...outputs])
    uses.set(register, (uses.get(register) ?? 0) + 1);
  return (register) => (uses.get(register) === 1 ? instructions[register - inputs] : undefined);
};

/** x·sigmoid(x), in either order. */
const asSilu = ({ op, args }: Instruction, usedOnce: UsedOnce): Instruction | undefined => {
  if (op !== "mul") return undefined;
  const isSigmoidOf = (s: number, x: number): boolean => {
    const maker = usedOnce(s);
    return maker?.op === "sigmoid" && maker.args[0] === x;
  };
  const [a, b] = args as [number, number];
  if (isSigmoidOf(b, a)) return { op: "silu", args: [a] };
  return isSigmoidOf(a, b) ? { op: "silu", args: [b] } : undefined;
};

/** a·b + c or c + a·b, also of squares. */
const asFma = ({ op, args }: Instruction, usedOnce: UsedOnce): Instruction | undefined => {
  if (op !== "add") return undefined;
  for (const [product, other] of [args, args.toReversed()] as [number, number][]) {
    const maker = usedOnce(product);
    if (maker?.op === "mul") return { op: "fma", args: [...maker.args, other] };
    if (maker?.op === "square") return { op: "fma", args: [maker.args[0]!, maker.args[0]!, other] };
  }
  return undefined;
};

/** Rewrites one instruction after the other; what then nobody uses is removed. Rejects what needs too many registers. */
const rewrite = (
  program: ElementProgram,
  rule: (instruction: Instruction, usedOnce: UsedOnce) => Instruction | undefined,
): ElementProgram => {
  for (let i = program.instructions.length - 1; i >= 0; i--) {
    const joined = rule(program.instructions[i]!, usedOnceIn(program));
    if (joined === undefined) continue;
    const rewritten = removeUnused({ ...program, instructions: program.instructions.with(i, joined) });
    if (registerPressure(rewritten) > Math.max(registerLimit, registerPressure(program))) continue;
    i -= program.instructions.length - rewritten.instructions.length;
    program = rewritten;
  }
  return program;
};

/**
 * The same function in fewer instructions: no duplicates, nothing unused, x·sigmoid(x) as silu, a·b + c as fma. Inputs and
 * outputs keep their places.
 */
export const simplifyProgram = (program: ElementProgram, { fma = true }: SimplifyOptions = {}): ElementProgram => {
  const once = removeRepeated(program);
  const withSilu = removeRepeated(rewrite(once, asSilu));
  return fma ? rewrite(withSilu, asFma) : withSilu;
};
