import { backend_util } from "@tensorflow/tfjs-core";
import type { Attrs, Dtype, Shape, Value } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { each } from "./each.ts";
import { type Element, entry, groupsOf, input, output, type Shading } from "./shading.ts";
import { sharedIn, tree } from "./tree.ts";

/** Words of 32 bits, four at a time where runs divide by 4. */
const words = (fours: boolean): Element => (fours ? "vec4<u32>" : "u32");

const shading = (shape: Shape, dtype: Dtype, dispatch: Shading["dispatches"][number]): Shading => ({
  outputs: [{ shape, dtype }],
  temporaries: [],
  tables: [],
  dispatches: [dispatch],
});

/**
 * tfjs's kernel GatherV2: the parts of x (any type) along an axis that int32 indices choose, zeros for indices that x has not.
 * x [...batch, ...outer, n, ...inner] and indices [...batch, ...rest] give [...batch, ...outer, ...rest, ...inner].
 */
export const gatherV2 = ([x, indices]: readonly Value[], attrs: Attrs): Shading | undefined => {
  if (indices!.dtype !== "int32") return undefined;
  const axis = (attrs.axis ?? 0) as number;
  const info = backend_util.segment_util.collectGatherOpShapeInfo(
    x as never,
    indices as never,
    axis < 0 ? axis + x!.shape.length : axis,
    (attrs.batchDims ?? 0) as number,
  );
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
  const fours = sliceSize % 4 === 0;
  const run = sliceSize / (fours ? 4 : 1);
  const chosen = sizeOf(indices!.shape) / batchSize;
  return shading(outputShape, x!.dtype, {
    variables: [input(0, "x", words(fours)), input(1, "indices", "u32"), output(0, "result", words(fours))],
    ...each(
      batchSize * outerSize * chosen * run,
      `
  let column = i / ${run}u;
  let row = column / ${chosen}u;
  let index = indices[row / ${outerSize}u * ${chosen}u + column % ${chosen}u];
  var value = ${words(fours)}(0u);
  // negative indices are large, too
  if (index < ${dimSize}u) { value = x[(row * ${dimSize}u + index) * ${run}u + i % ${run}u]; }
  result[i] = value;`,
    ),
  });
};

/**
 * tfjs's kernel OneHot: int32 indices [...shape] give [...shape, depth], one number at the index and another one elsewhere;
 * an index beyond 0..depth-1 has no place.
 */
export const oneHot = ([indices]: readonly Value[], attrs: Attrs): Shading | undefined => {
  if (indices!.dtype !== "int32") return undefined;
  const depth = attrs.depth as number;
  const dtype = (attrs.dtype ?? "int32") as Dtype;
  const bits = (value: number): string =>
    `${dtype === "float32" ? new Uint32Array(Float32Array.of(value).buffer)[0]! : value >>> 0}u`;
  const [on, off] = [bits((attrs.onValue ?? 1) as number), bits((attrs.offValue ?? 0) as number)];
  const fours = depth % 4 === 0;
  const run = depth / (fours ? 4 : 1);
  const [type, place] = fours
    ? ["vec4<u32>", `vec4<u32>(0u, 1u, 2u, 3u) + 4u * (i % ${run}u)`]
    : ["u32", `i % ${run}u`];
  return shading([...indices!.shape, depth], dtype, {
    variables: [input(0, "indices", "u32"), output(0, "result", words(fours))],
    ...each(
      sizeOf(indices!.shape) * run,
      `  result[i] = select(${type}(${off}), ${type}(${on}), ${type}(indices[i / ${run}u]) == ${place});`,
    ),
  });
};

/** Threads that occupy a large GPU. */
const enough = 2 ** 16;

/**
 * tfjs's kernel UnsortedSegmentSum: x [n, ...inner], float32, and int32 segmentIds [n] give [numSegments, ...inner], the
 * sums of the rows with each id, always in the same order. Rows with other ids are left out.
 */
export const unsortedSegmentSum = ([x, ids]: readonly Value[], attrs: Attrs): Shading | undefined => {
  const [rows, ...inner] = x!.shape;
  if (x!.dtype !== "float32" || ids!.dtype !== "int32" || ids!.shape.length !== 1 || ids!.shape[0] !== rows)
    return undefined;
  const segments = attrs.numSegments as number;
  const shape = [segments, ...inner];
  if (segments === 0) return { outputs: [{ shape, dtype: "float32" }], temporaries: [], tables: [], dispatches: [] };
  const fours = sizeOf(inner) % 4 === 0;
  const run = sizeOf(inner) / (fours ? 4 : 1);
  const type = fours ? "vec4<f32>" : "f32";
  const count = segments * run;
  // ids are compared four at a time, and the rows are shared by `deep` threads where there are few sums
  const step = rows! % 4 === 0 ? 4 : 1;
  const reads = rows! / step;
  let deep = 1;
  while (deep < 64 && count * deep < enough && 8 * deep <= reads) deep *= 2;
  const threads = deep === 1 ? 64 : 256;
  const wide = threads / deep;
  const add = (row: string): string => `sum += x[(${row}) * ${run}u + column];`;
  const take =
    step === 1
      ? `if (ids[k] == segment) { ${add("k")} }`
      : `let same = ids[k] == vec4(segment);
    if (any(same)) {
${[0, 1, 2, 3].map((j) => `      if (same[${j}]) { ${add(`4u * k + ${j}u`)} }`).join("\n")}
    }`;
  const body = `
${deep === 1 ? "" : `var<workgroup> shares : array<${type}, ${threads}>;`}
${entry(
  threads,
  `
  let slice = local / ${wide}u;
  let i = group * ${wide}u + local % ${wide}u;
  let segment = i / ${run}u;
  let column = i % ${run}u;
  var sum = ${type}(0);
  if (i < ${count}u) {
    for (var k = slice; k < ${reads}u; k += ${deep}u) {
    ${take}
    }
  }
${deep === 1 ? "" : tree({ deep, step: wide, slice: "slice", of: [sharedIn("sum", "shares")], both: (a, b) => `${a} + ${b}` })}
  if (i < ${count}u && slice == 0u) { result[i] = sum; }`,
)}`;
  return shading(shape, "float32", {
    variables: [input(0, "x", type), input(1, "ids", words(step === 4)), output(0, "result", type)],
    body,
    groups: groupsOf(Math.ceil(count / wide)),
  });
};
