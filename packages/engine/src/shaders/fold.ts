import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { sharedIn, tree } from "./tree.ts";
import { vector } from "./vector.ts";
import { type Dispatch, type Variable, entry, f32, groupsOf } from "./shading.ts";

/** An axis, or neighbouring axes as one, of row-major numbers. */
export type Axis = { readonly size: number; readonly folded: boolean };

/** How terms become one, in WGSL; what is folded is of type `type`, one for each lane of a term. */
export type Folding = {
  /** The type for a term of `lanes` numbers (1 or 4). */
  readonly type: (lanes: 1 | 4) => string;
  /** Functions that the rest uses. */
  readonly functions?: (lanes: 1 | 4) => string;
  /** What changes nothing. */
  readonly none: (lanes: 1 | 4) => string;
  /** The term of a number (or of 4), which is the `index`-th of its column. */
  readonly term: (value: string, index: string) => string;
  /** Two as one, in any order; of one lane or more. */
  readonly both: (a: string, b: string) => string;
  /** What is stored of what was folded. */
  readonly result: (folded: string, lanes: 1 | 4) => string;
};

/** The sum of terms, or of their squares, times `scale`. */
export const sumOf = (scale: number, squares = false): Folding => ({
  type: (lanes) => vector("f32", lanes),
  functions: (lanes) => `fn square(v : ${vector("f32", lanes)}) -> ${vector("f32", lanes)} { return v * v; }`,
  none: (lanes) => `${vector("f32", lanes)}(0)`,
  term: (value) => (squares ? `square(${value})` : value),
  both: (a, b) => `(${a} + ${b})`,
  result: (folded) => (scale === 1 ? folded : `${folded} * ${f32(scale)}`),
});

/** Axes without those of length 1, neighbours of a kind as one; at least one. */
export const collapsed = (axes: readonly Axis[]): readonly Axis[] => {
  const made: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = made.at(-1);
    if (last?.folded === axis.folded) made[made.length - 1] = { ...last, size: last.size * axis.size };
    else made.push(axis);
  }
  return made.length === 0 ? [{ size: 1, folded: false }] : made;
};

/** Threads that fill a large GPU some times. */
const wanted = 132 * 4 * 256;

/** Terms that a thread folds by themselves: sums of sums round less than long sums. */
const run = 64;

/** Where the `index`-th of the chosen axes lies, in units of the last axis: an expression. */
const place = (axes: readonly Axis[], folded: boolean, index: string): string => {
  const chosen = axes.flatMap((axis, i) => (axis.folded === folded ? [i] : []));
  const inner = (list: readonly Axis[]): number => sizeOf(list.map(({ size }) => size));
  const parts = chosen.map((i, nth) => {
    const below = inner(chosen.slice(nth + 1).map((j) => axes[j]!));
    const quotient = below === 1 ? index : `${index} / ${below}u`;
    const digit = nth === 0 ? quotient : `${quotient} % ${axes[i]!.size}u`;
    return `(${digit}) * ${inner(axes.slice(i + 1))}u`;
  });
  return parts.length === 0 ? "0u" : parts.join(" + ");
};

/** The sizes of a fold: axes in units of the numbers that a thread reads at once, and how threads share them. */
export type FoldPlan = {
  /** Collapsed axes, the last in units. */
  readonly axes: readonly Axis[];
  /** Numbers of a unit: 1 or 4. */
  readonly lanes: 1 | 4;
  /** Whether the last axis is folded: then threads next to each other take terms, else columns. */
  readonly rows: boolean;
  /** Columns in units: as many folds. */
  readonly columns: number;
  /** Terms of a column, in units. */
  readonly terms: number;
  /** Columns of a workgroup. */
  readonly wide: number;
  /** Threads of a column, a power of 2. */
  readonly deep: number;
  /** Parts in which other workgroups fold a column, for another fold to take up. */
  readonly chunks: number;
};

/**
 * Plans a fold.
 * @param most numbers of a unit at most
 * @param parts whether columns may be folded in parts
 */
export const planFold = (given: readonly Axis[], most: 1 | 4, parts: boolean): FoldPlan => {
  const whole = collapsed(given);
  const last = whole.at(-1)!;
  const lanes = last.size % most === 0 ? most : 1;
  const axes = [...whole.slice(0, -1), { ...last, size: last.size / lanes }];
  const [columns, terms] = [false, true].map((folded) =>
    sizeOf(axes.filter((axis) => axis.folded === folded).map(({ size }) => size)),
  ) as [number, number];
  const rows = last.folded;
  let deep = !rows || terms <= 4 ? 1 : terms <= 16 ? 4 : 8;
  const narrow = rows ? 1 : Math.min(columns, 8); // columns next to each other, for whole cache lines
  while (2 * deep * narrow <= 256 && columns * deep < wanted && terms >= 8 * deep) deep *= 2;
  const wide = Math.min(Math.floor(256 / deep), columns);
  const groups = Math.ceil(columns / wide);
  const numbers = wide * terms * lanes;
  // a workgroup that folds very much while others have nothing to do costs more than another dispatch
  const split = parts && groups < 264 && numbers > 32_768;
  const length = split ? Math.ceil(terms / Math.min(Math.ceil(numbers / 8192), Math.ceil(1056 / groups))) : terms;
  return { axes, lanes, rows, columns, terms, wide, deep, chunks: Math.ceil(terms / length) };
};

/** Folds every column of the numbers `from`: to [chunks, ...axes that are not folded]. */
export const fold = (
  plan: FoldPlan,
  folding: Folding,
  from: Variable["place"],
  to: Variable["place"],
  stored: "f32" | "i32" = "f32",
): Dispatch => {
  const { axes, lanes, rows, columns, terms, wide, deep, chunks } = plan;
  const result = rows ? 1 : lanes;
  const type = folding.type(lanes);
  const tiles = Math.ceil(columns / wide);
  const length = Math.ceil(terms / chunks);
  const each = Math.ceil(length / deep);
  const term = (index: string): string => folding.term(`given[base + termAt(${index})]`, index);
  const take = (to: string, index: string): string => `${to} = ${folding.both(to, term(index))};`;
  const loop =
    each <= 4
      ? `for (; at < end; at += ${deep}u) { ${take("total", "at")} }`
      : `while (at < end) {
      let stop = min(end, at + ${run * deep}u);
      var a = none();
      var b = none();
      var c = none();
      var d = none();
      for (; at + ${3 * deep}u < stop; at += ${4 * deep}u) {
        ${take("a", "at")}
        ${take("b", `(at + ${deep}u)`)}
        ${take("c", `(at + ${2 * deep}u)`)}
        ${take("d", `(at + ${3 * deep}u)`)}
      }
      for (; at < stop; at += ${deep}u) { ${take("a", "at")} }
      total = ${folding.both("total", folding.both(folding.both("a", "b"), folding.both("c", "d")))};
    }`;
  const one = folding.type(result);
  const across =
    result === lanes
      ? "total"
      : folding.both(folding.both("total[0]", "total[1]"), folding.both("total[2]", "total[3]"));
  const [lane, slice] = rows ? [`local / ${deep}u`, `local % ${deep}u`] : [`local % ${wide}u`, `local / ${wide}u`];
  const body = `
${folding.functions?.(lanes) ?? ""}
fn none() -> ${type} { return ${folding.none(lanes)}; }
fn columnAt(i : u32) -> u32 { return ${place(axes, false, "i")}; }
fn termAt(i : u32) -> u32 { return ${place(axes, true, "i")}; }
${deep === 1 ? "" : `var<workgroup> shares : array<${one}, ${wide * deep}>;`}
${entry(
  wide * deep,
  `  if (group >= ${tiles * chunks}u) { return; }
  let column = group % ${tiles}u * ${wide}u + ${lane};
  let slice = ${slice};
  let chunk = group / ${tiles}u;
  var total = none();
  if (column < ${columns}u) {
    let base = columnAt(column);
    let end = min(chunk * ${length}u + ${length}u, ${terms}u);
    var at = chunk * ${length}u + slice;
    ${loop}
  }
  var all : ${one} = ${across};
${deep === 1 ? "" : tree({ deep, step: rows ? 1 : wide, slice: "slice", of: [sharedIn("all", "shares")], both: folding.both })}
  if (slice == 0u && column < ${columns}u) {
    made[chunk * ${columns}u + column] = ${folding.result("all", result)};
  }`,
)}`;
  return {
    variables: [
      { name: "given", type: lanes === 4 ? "vec4<f32>" : "f32", place: from },
      { name: "made", type: result === 4 ? "vec4<f32>" : stored, place: to },
    ],
    body,
    groups: groupsOf(tiles * chunks),
  };
};
