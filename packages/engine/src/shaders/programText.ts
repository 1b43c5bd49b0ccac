import type { ElementProgram } from "../graph/elementwise.ts";
import { elementExpression, type ElementType, type Functions } from "./elementFunctions.ts";

/** A program as WGSL. */
export type ProgramText = {
  /** What goes outside of functions, once in a module: see {@link functionsText}. */
  readonly functions: Functions;
  /** `let`s, one a line. */
  readonly statements: string;
  /** Expressions of the outputs, valid after the statements: names, or input texts. */
  readonly outputs: readonly string[];
};

/**
 * An elementwise program as statements.
 * @param inputTexts an expression of this type for each input; those that are more than a name are computed once
 * @param prefix names that begin so, followed by a number, are the statements'
 */
export const programText = (
  { instructions, outputs }: ElementProgram,
  inputTexts: readonly string[],
  type: ElementType,
  prefix = "v",
): ProgramText => {
  const functions = new Map<string, string>();
  const statements: string[] = [];
  const bound = (expression: string): string => {
    const name = `${prefix}${statements.length}`;
    statements.push(`  let ${name} = ${expression};`);
    return name;
  };
  const used = new Set([...outputs, ...instructions.flatMap(({ args }) => args)]);
  const registers = inputTexts.map((text, i) => (/^\w+$/.test(text) || !used.has(i) ? text : bound(text)));
  for (const instruction of instructions) {
    const made = elementExpression(
      instruction,
      instruction.args.map((register) => registers[register]!),
      type,
    );
    for (const [name, text] of made.functions) functions.set(name, text);
    registers.push(bound(made.expression));
  }
  return { functions, statements: statements.join("\n"), outputs: outputs.map((register) => registers[register]!) };
};

/** The functions of several programs, each once. */
export const functionsText = (...functions: readonly Functions[]): string =>
  [...new Map(functions.flatMap((some) => [...some])).values()].join("\n");
