import { backend_util } from "@tensorflow/tfjs-core";
import type { Attrs, Dtype, Shape, Value } from "../graph/graph.ts";
import { pointwise, type Word } from "./pointwise.ts";
import type { Shading } from "./shading.ts";
import { vector } from "./vector.ts";

/** A condition from expressions of one or two inputs, of words or of four. NaN equals nothing. */
type Condition = (a: string, b: string, zero: string) => string;

const ordered: Readonly<Record<string, Condition>> = {
  Greater: (a, b) => `${a} > ${b}`,
  GreaterEqual: (a, b) => `${a} >= ${b}`,
  Less: (a, b) => `${a} < ${b}`,
  LessEqual: (a, b) => `${a} <= ${b}`,
  Equal: (a, b) => `${a} == ${b}`,
  NotEqual: (a, b) => `!(${a} == ${b})`,
};

const logical: Readonly<Record<string, Condition>> = {
  LogicalAnd: (a, b, zero) => `(${a} != ${zero}) & (${b} != ${zero})`,
  LogicalOr: (a, b, zero) => `(${a} != ${zero}) | (${b} != ${zero})`,
  LogicalNot: (a, _, zero) => `${a} == ${zero}`,
};

/** Of the bits of float32 numbers, without the sign. */
const bitwise: Readonly<Record<string, (bits: string, infinity: string) => string>> = {
  IsFinite: (bits, infinity) => `${bits} < ${infinity}`,
  IsInf: (bits, infinity) => `${bits} == ${infinity}`,
  IsNan: (bits, infinity) => `${bits} > ${infinity}`,
};

const wordOf = (dtype: Dtype): Word => (dtype === "float32" ? "f32" : "i32");

const broadcast = (shapes: readonly Shape[]): Shape =>
  shapes.map((shape) => [...shape]).reduce((a, b) => backend_util.assertAndGetBroadcastShape(a, b));

/** A kernel whose output is bool. */
const truth = (
  inputs: readonly Value[],
  word: Word,
  condition: (inputs: readonly string[], of: (value: string) => string) => string,
): Shading =>
  pointwise(
    inputs.map(({ shape }) => [shape, word] as const),
    [["bool", "i32"]],
    broadcast(inputs.map(({ shape }) => shape)),
    (texts, width) => {
      const ints = vector("i32", width);
      const holds = condition(texts, (value) => `${vector(word, width)}(${value})`);
      return { outputs: [`select(${ints}(0), ${ints}(1), ${holds})`] };
    },
  );

const unsigned = (bits: string, of: (value: string) => string): string => `(${bits} & ${of("0x7fffffffu")})`;

/** Whether numbers are not 0; the smallest ones are not either, which comparisons may take for it. */
const isTrue = (x: Value): Shading =>
  truth([x], "u32", ([a], of) => `${x.dtype === "float32" ? unsigned(a!, of) : a!} != ${of("0u")}`);

/** Whole numbers towards zero, the nearest ones that both int32 and float32 have, and 0 for NaN. */
const cast = (x: Value, dtype: Dtype): Shading => {
  const [from, to] = [wordOf(x.dtype), wordOf(dtype)];
  if (dtype === "bool" && x.dtype !== "bool") return isTrue(x);
  return pointwise([[x.shape, from]], [[dtype, to]], x.shape, ([a], width) => {
    const [floats, ints, words] = [vector("f32", width), vector("i32", width), vector("u32", width)];
    if (from === to) return { outputs: [a!] };
    if (to === "f32") return { outputs: [`${floats}(${a!})`] };
    const isNan = `(bitcast<${words}>(v) & ${words}(0x7fffffffu)) > ${words}(0x7f800000u)`;
    return { statements: `  let v = ${a!};`, outputs: [`select(${ints}(v), ${ints}(0), ${isNan})`] };
  });
};

/** Words of `t` where the condition holds, else of `e`. One of rank 1 has a number for each row of its choices. */
const choice = ([condition, t, e]: readonly [Value, Value, Value]): Shading => {
  const rank = Math.max(t.shape.length, e.shape.length);
  const rows = condition.shape.length === 1 && rank > 1;
  const asked = rows ? [...condition.shape, ...new Array<number>(rank - 1).fill(1)] : condition.shape;
  const shapes = [asked, t.shape, e.shape];
  return pointwise(
    shapes.map((shape) => [shape, "u32"] as const), // words of any type; that one buffer may be both
    [[t.dtype, "u32"]],
    broadcast(shapes),
    ([holds, then, otherwise], width) => ({
      outputs: [`select(${otherwise!}, ${then!}, ${holds!} != ${vector("u32", width)}(0u))`],
    }),
  );
};

/**
 * Comparisons, logic, and the choice between numbers: tfjs's kernels Greater, GreaterEqual, Less, LessEqual, Equal,
 * NotEqual (of two inputs of one type), LogicalAnd, LogicalOr, LogicalNot (of bools), IsFinite, IsInf, IsNan (of
 * float32), Select (condition, t, e; t and e of one type), and Cast. Inputs broadcast to each other.
 * @returns undefined for other kernels and types
 */
export const comparison = (op: string, inputs: readonly Value[], attrs: Attrs): Shading | undefined => {
  const [a, b, c] = inputs;
  const dtypes = inputs.map(({ dtype }) => dtype);
  if (Object.hasOwn(ordered, op)) {
    const [word, other] = dtypes.map(wordOf);
    return word === other ? truth(inputs, word!, ([x, y], of) => ordered[op]!(x!, y!, of("0"))) : undefined;
  }
  if (Object.hasOwn(logical, op))
    return dtypes.every((dtype) => wordOf(dtype) === "i32")
      ? truth(inputs, "i32", ([x, y], of) => logical[op]!(x!, y!, of("0")))
      : undefined;
  if (op === "Cast") {
    const dtype = attrs.dtype as Dtype;
    return [a!.dtype, dtype].every((it) => ["float32", "int32", "bool"].includes(it)) ? cast(a!, dtype) : undefined;
  }
  if (Object.hasOwn(bitwise, op))
    return dtypes[0] === "float32"
      ? truth(inputs, "u32", ([x], of) => bitwise[op]!(unsigned(x!, of), of("0x7f800000u")))
      : undefined;
  if (op === "Select") return dtypes[1] === dtypes[2] ? choice([a!, b!, c!]) : undefined;
  return undefined;
};

/** All kernels for which {@link comparison} may have shaders. */
export const comparisonNames: readonly string[] = [
  ...[ordered, logical, bitwise].flatMap((table) => Object.keys(table)),
  ...["Cast", "Select"],
];
