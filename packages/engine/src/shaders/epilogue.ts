import type { Epilogue } from "../commands/epilogue.ts";
import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Axes, broadcastRows, indexText } from "./broadcastIndex.ts";
import type { ElementType, Functions } from "./elementFunctions.ts";
import { programText } from "./programText.ts";
import { input, type Variable } from "./shading.ts";

/** An epilogue as WGSL. */
export type EpilogueText = {
  /** The further inputs that the program uses, `epilogue0`, `epilogue1`, ...: to be among the dispatch's variables. */
  readonly variables: readonly Variable[];
  /**
   * What goes outside of functions: `functionsText(text.functions)`, or `functionsText(text.functions, others, ...)` where
   * other programs are in the same module. All their names begin with `element` or `epilogue`.
   */
  readonly functions: Functions;
  /**
   * An expression of the epilogue's value, of the epilogue's type.
   * @param result an expression of the kernel's own result there, of this type; evaluated once
   * @param m an expression of the row, a u32: the flat index over all axes of the output but the last
   * @param n an expression of the column, a u32: the index along the last axis. For vec4<f32> that of the first of
   *   the four, a multiple of 4, still counted in numbers.
   */
  readonly apply: (result: string, m: string, n: string) => string;
};

/**
 * WGSL that finishes the results of a kernel, as matrix products and convolutions write them: rows of channels.
 * With `const finish = epilogueText(epilogue, [batch, h, w, channels], type, 2)` in a dispatch whose variables include
 * `finish.variables`, and `functionsText(finish.functions)` before the entry point, it writes
 * `y[m * channels + n] = ${finish.apply("sum", "m", "n")};`. Rows and columns beyond the output must not come here.
 *
 * Inputs broadcast to the output from the right; one of the output's size is read flat. For vec4<f32> inputs whose last
 * axis is the channels are variables of vec4<f32>, others (scalars, or one number a row) of f32; for f32 all are of f32.
 * @param epilogue a program of one output, whose input 0 is the kernel's result; undefined leaves the results as they are
 * @param shape of the output: [..., channels]
 * @param type vec4<f32> only where the channels divide by 4
 * @param ownInputs how many inputs the kernel itself has; the epilogue's follow them
 */
export const epilogueText = (
  epilogue: Epilogue | undefined,
  shape: Shape,
  type: ElementType,
  ownInputs: number,
): EpilogueText => {
  if (epilogue === undefined) return { variables: [], functions: new Map(), apply: (result) => result };
  const channels = shape.at(-1) ?? 1;
  const width = type === "f32" ? 1 : 4;
  if (channels % width !== 0) throw new RangeError(`epilogueText: vec4<f32> needs channels in fours, got ${channels}`);
  const loads = epilogue.shapes.map((from, i) => loadOf(`epilogue${i}`, from, shape, width));
  const program = programText(
    epilogue.program,
    ["epilogueResult", ...loads.map(({ text }) => text)],
    type,
    "epilogueV",
  );
  const own = `fn epilogue(epilogueResult : ${type}, epilogueM : u32, epilogueN : u32) -> ${type} {
${program.statements}
  return ${program.outputs[0]!};
}`;
  return {
    variables: loads.flatMap(({ element, text }, i) =>
      own.includes(text) ? [input(ownInputs + i, `epilogue${i}`, element)] : [],
    ),
    functions: new Map([...program.functions, ["epilogue", own]]),
    apply: (result, m, n) => `epilogue(${result}, ${m}, ${n})`,
  };
};

type Load = {
  readonly text: string;
  readonly element: ElementType;
};

/** An input at row m and column n, of the type that `width` numbers make. */
const loadOf = (name: string, from: Shape, to: Shape, width: 1 | 4): Load => {
  const { rows, last } = broadcastRows(from, to);
  const wide = width === 4 && last === 1;
  const strides: Axes = wide ? rows.map(([length, stride]) => [length, stride / 4]) : rows;
  const row = sizeOf(from) === 1 ? "0u" : indexText(strides, "epilogueM");
  const column = last === 0 ? "0u" : wide ? "epilogueN / 4u" : "epilogueN";
  const index = [row, column].filter((term) => term !== "0u").join(" + ") || "0u";
  const element = `${name}[${index}]`;
  return width === 4 && !wide
    ? { text: `vec4<f32>(${element})`, element: "f32" }
    : { text: element, element: wide ? "vec4<f32>" : "f32" };
};
