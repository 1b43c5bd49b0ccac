import type { Reduction } from "../commands/reduce.ts";
import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Axis, type Folding, fold, planFold, sumOf } from "./fold.ts";
import { type Place, type Shading, entry, f32, groupsOf, input, output } from "./shading.ts";
import { threadUnits } from "./threadUnits.ts";
import { sharedIn, tree } from "./tree.ts";
import { vector } from "./vector.ts";

/**
 * The bits of numbers as integers of the same order, by which NaN can be made to win: WGSL's own max and min may do
 * anything with it. `nan` is the integer for NaN.
 */
const order = (lanes: 1 | 4, nan: string): string => {
  const [ints, magnitude] = [vector("i32", lanes), `${vector("i32", lanes)}(0x7fffffff)`];
  return `fn ordered(v : ${vector("f32", lanes)}) -> ${ints} {
  let bits = bitcast<${ints}>(v);
  let place = bits ^ ((bits >> ${vector("u32", lanes)}(31u)) & ${magnitude});
  return select(place, ${ints}(${nan}), (bits & ${magnitude}) > ${ints}(0x7f800000));
}`;
};

const least = "i32(-2147483648)";
const greatest = "i32(2147483647)";

const extreme = (kind: "max" | "min"): Folding => ({
  type: (lanes) => vector("i32", lanes),
  functions: (lanes) => order(lanes, kind === "max" ? greatest : least),
  none: (lanes) => `${vector("i32", lanes)}(${kind === "max" ? least : greatest})`,
  term: (value) => `ordered(${value})`,
  both: (a, b) => `${kind}(${a}, ${b})`,
  result: (all, lanes) => {
    const shift = `(${all} >> ${vector("u32", lanes)}(31u))`;
    return `bitcast<${vector("f32", lanes)}>(${all} ^ (${shift} & ${vector("i32", lanes)}(0x7fffffff)))`;
  },
});

const axesOf = (x: Shape, folded: readonly number[]): Axis[] =>
  x.map((size, i) => ({ size, folded: folded.includes(i) }));

/**
 * Reduces any axes. NaN wins maxima and minima. Sums have the same bits each time, and are sums of sums.
 * @param axes which, from 0
 * @param result the shape of the result
 */
export const reduce = (x: Shape, axes: readonly number[], kind: Reduction, result: Shape): Shading => {
  const given = axesOf(x, axes);
  const outputs = [{ shape: result, dtype: "float32" as const }];
  const [from, to]: Place[] = [input(0, "").place, output(0, "").place];
  const scale = kind === "mean" ? sizeOf(result) / sizeOf(x) : 1;
  const folding = (by: number, squares: boolean): Folding =>
    kind === "max" || kind === "min" ? extreme(kind) : sumOf(by, squares);
  const plan = planFold(given, 4, true);
  if (plan.chunks === 1)
    return {
      outputs,
      temporaries: [],
      tables: [],
      dispatches: [fold(plan, folding(scale, kind === "sumOfSquares"), from!, to!)],
    };
  const part: Place = { in: "temporaries", index: 0 };
  const rest = planFold(
    [
      { size: plan.chunks, folded: true },
      { size: sizeOf(result), folded: false },
    ],
    4,
    false,
  );
  return {
    outputs,
    temporaries: [4 * plan.chunks * sizeOf(result)],
    tables: [],
    dispatches: [
      fold(plan, folding(1, kind === "sumOfSquares"), from!, part),
      fold(rest, folding(scale, false), part, to!),
    ],
  };
};

/** Of vec2(ordered, index). A first NaN stays and others are never greater, as in a loop that compares. */
const first: Folding = {
  type: () => "vec2<i32>",
  functions: () => `${order(1, least)}
fn indexed(v : f32, i : u32) -> vec2<i32> {
  let place = ordered(v);
  let settled = select(max(place, 0), place, place < -1); // -0 is 0
  return vec2<i32>(select(settled, ${greatest}, i == 0u && place == ${least}), i32(i));
}
fn better(a : vec2<i32>, b : vec2<i32>) -> vec2<i32> {
  return select(a, b, b[0] > a[0] || (b[0] == a[0] && b[1] < a[1]));
}`,
  none: () => `vec2<i32>(${least}, ${greatest})`,
  term: (value, index) => `indexed(${value}, ${index})`,
  both: (a, b) => `better(${a}, ${b})`,
  result: (folded) => `${folded}[1]`,
};

/** The index of the greatest number along an axis, the first of equal ones; int32. */
export const argMax = (x: Shape, axis: number): Shading => {
  const shape = x.filter((_, i) => i !== axis);
  return {
    outputs: [{ shape, dtype: "int32" }],
    temporaries: [],
    tables: [],
    dispatches: [fold(planFold(axesOf(x, [axis]), 1, false), first, input(0, "").place, output(0, "").place, "i32")],
  };
};

/** Softmax over the last axis; a row with NaN or Infinity is NaN. Those are found by their bits: exp(NaN) may be anything. */
export const softmax = (x: Shape): Shading => {
  const n = x.at(-1) ?? 1;
  const rows = sizeOf(x) / n;
  const lanes = n % 4 === 0 ? 4 : 1;
  const units = n / lanes;
  let deep = 1;
  while (deep < 256 && (units > 4 * deep || (units >= 2 * deep && rows * deep < 132 * 1024))) deep *= 2;
  const wide = Math.min(256 / deep, rows);
  const groups = Math.ceil(rows / wide);
  const each = Math.ceil(units / deep);
  const hold = each <= 16;
  const type = vector("f32", lanes);
  const add = (a: string, b: string): string => `(${a} + ${b})`;
  const max = (a: string, b: string): string => `max(${a}, ${b})`;
  const words = vector("u32", lanes);
  /** 1 for NaN and Infinity, 0 for others. */
  const endless = (unit: string): string =>
    `select(${words}(0), ${words}(1), ((bitcast<${words}>(${unit}) & ${words}(0x7fffffffu)) > ${words}(0x7f800000u)) | (bitcast<${words}>(${unit}) == ${words}(0x7f800000u)))`;
  const lanesOf = (both: typeof add, v: string): string =>
    lanes === 1 ? v : both(both(`${v}[0]`, `${v}[1]`), both(`${v}[2]`, `${v}[3]`));
  const shared = (value: string, shares: string, both: typeof add): string =>
    deep === 1
      ? ""
      : `${tree({ deep, step: 1, slice: "slice", of: [sharedIn(value, shares)], both })}
  ${value} = ${shares}[local - slice];`;
  const { load, every } = threadUnits("v", {
    ...{ type, read: (at) => `given[${at}]`, first: "slice", step: deep, count: units, each, hold },
    at: (index) => `base + ${index}`,
  });
  const body = `
${deep === 1 ? "" : ["tops", "totals"].map((name) => `var<workgroup> ${name} : array<f32, ${wide * deep}>;`).join("\n")}
${entry(
  wide * deep,
  `  if (group >= ${groups}u) { return; }
  let row = group * ${wide}u + local / ${deep}u;
  let slice = local % ${deep}u;
  let base = min(row, ${rows - 1}u) * ${units}u; // rows that are too many read the last one
${load}
  var best = ${type}(${f32(-3.4028234663852886e38)});
  var worst = ${words}(0);
${every((unit) => `best = max(best, ${unit}); worst = max(worst, ${endless(unit)});`)}
  var top = ${lanesOf(max, "best")};
${shared("top", "tops", max)}
  var part = ${type}(0);
${every((unit) => (hold ? `${unit} = exp(${unit} - top); part += ${unit};` : `part += exp(${unit} - top);`))}
  var total = ${lanesOf(add, "part")};
  let sign = ${lanesOf((a, b) => `(${a} | ${b})`, "worst")};
  if (sign != 0u) { total = bitcast<f32>(sign | 0x7fc00000u); }
${shared("total", "totals", add)}
  if (row < ${rows}u) {
    let inverse = 1.0 / total;
${every((unit, at) => `made[${at}] = ${hold ? unit : `exp(${unit} - top)`} * inverse;`)}
  }`,
)}`;
  return {
    outputs: [{ shape: x, dtype: "float32" }],
    temporaries: [],
    tables: [],
    dispatches: [{ variables: [input(0, "given", type), output(0, "made", type)], body, groups: groupsOf(groups) }],
    inPlace: [[0, 0]],
  };
};
