import type { Dtype, Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Axes, broadcastAxes, indexText } from "./broadcastIndex.ts";
import { each } from "./each.ts";
import { input, output, type Shading, type Variable } from "./shading.ts";
import { vector } from "./vector.ts";

/** A type of single words. */
export type Word = "f32" | "i32" | "u32";

/** What is computed at a place, or at four neighbouring ones. */
export type PointwiseText = {
  /** What goes outside of functions. */
  readonly functions?: string;
  /** Statements. */
  readonly statements?: string;
  /** After them, an expression of each output. */
  readonly outputs: readonly string[];
};

/**
 * One dispatch over the places of a shape, which all outputs have; inputs broadcast to it, and one of its size is read
 * flat. Works on four places at once if their number divides by 4.
 * @param inputs their shapes, and what their words are read as
 * @param outputs their types, and what their words are written as
 * @param compute from expressions of the inputs at one place (width 1), or four (width 4); names beginning with `v` are
 *   free for its statements
 */
export const pointwise = (
  inputs: readonly (readonly [Shape, Word])[],
  outputs: readonly (readonly [Dtype, Word])[],
  shape: Shape,
  compute: (inputs: readonly string[], width: 1 | 4) => PointwiseText,
): Shading => {
  const size = sizeOf(shape);
  const loadsOf = (width: 1 | 4): readonly Load[] =>
    inputs.map(([from, word], i) => loadOf(input(i, `x${i}`, word), from, shape, width));
  /** Inputs of one size may be one buffer, as a row and a column of the same numbers, and that has one type. */
  const isOneType = loadsOf(4).every(({ variable: { type } }, i, loads) =>
    loads.every((other, j) => sizeOf(inputs[i]![0]) !== sizeOf(inputs[j]![0]) || type === other.variable.type),
  );
  const width = size % 4 === 0 && isOneType ? 4 : 1;
  const places = size / width;
  const loads = loadsOf(width);
  const {
    functions = "",
    statements = "",
    outputs: results,
  } = compute(
    loads.map(({ text }) => text),
    width,
  );
  const writes = results.map((result, i) => `  y${i}[i] = ${result};`);
  const { body, groups } = each(places, [statements, ...writes].join("\n"));
  const uses = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(body);
  const written = outputs.map(([, word], i) => output(i, `y${i}`, vector(word, width)));
  const whole = inputs.flatMap(([from, word], i) => (sizeOf(from) === size ? [[i, word] as const] : []));
  return {
    outputs: outputs.map(([dtype]) => ({ shape, dtype })),
    temporaries: [],
    tables: [],
    dispatches: [
      {
        // pipelines leave out what is not used
        variables: [...loads.map(({ variable }) => variable).filter(({ name }) => uses(name)), ...written],
        body: functions + body,
        groups,
      },
    ],
    inPlace: whole.flatMap(([i, word]) => outputs.flatMap(([, own], j) => (own === word ? [[i, j] as const] : []))),
  };
};

type Load = { readonly text: string; readonly variable: Variable };

/** An input at place `i`, which counts in steps of `width`. */
const loadOf = (variable: Variable, from: Shape, to: Shape, width: 1 | 4): Load => {
  const axes = broadcastAxes(from, to);
  const { name, type } = variable;
  if (width === 1) return { text: `${name}[${indexText(axes, "i")}]`, variable };
  const [length, stride] = axes[0]!;
  const four = vector(type as Word, 4);
  if (length % 4 === 0) {
    // rows of fours: strides of the other axes are multiples of the row
    const fours: Axes = axes.map(([n, step], i) => [i === 0 ? n / 4 : n, i > 0 && stride === 1 ? step / 4 : step]);
    const at = `${name}[${indexText(fours, "i")}]`;
    return stride === 1 ? { text: at, variable: { ...variable, type: four } } : { text: `${four}(${at})`, variable };
  }
  const lanes = [0, 1, 2, 3].map((lane) => `${name}[${indexText(axes, `4u * i + ${lane}u`)}]`);
  return { text: `${four}(${lanes.join(", ")})`, variable };
};
