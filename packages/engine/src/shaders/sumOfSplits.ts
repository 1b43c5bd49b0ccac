import type { Epilogue } from "../commands/epilogue.ts";
import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { epilogueText } from "./epilogue.ts";
import { functionsText } from "./programText.ts";
import { type Dispatch, entry, groupsOf, output, temporary } from "./shading.ts";

const threads = 256;

/**
 * Adds the partial sums [splits, ...shape] of temporary 0 up to output 0, always in the same order.
 * @param shape [..., columns] of the result
 */
export const sumOfSplits = (
  splits: number,
  shape: Shape,
  epilogue: Epilogue | undefined,
  ownInputs: number,
): Dispatch => {
  const columns = shape.at(-1)!;
  const width = columns % 4 === 0 ? 4 : 1;
  const type = width === 4 ? "vec4<f32>" : "f32";
  const places = sizeOf(shape) / width;
  // where there are few places, several threads share the splits of each
  const lanes = [256, 128, 64].find((n) => places / n >= 128) ?? 32;
  const shares = threads / lanes;
  const finish = epilogueText(epilogue, shape, type, ownInputs);
  const n = width === 4 ? `place % ${columns / 4}u * 4u` : `place % ${columns}u`;
  const write = `result[place] = ${finish.apply("sums", `(place / ${columns / width}u)`, `(${n})`)};`;
  const main = `  let place = group * ${lanes}u + local % ${lanes}u;
  let share = local / ${lanes}u;
  var sums = ${type}();
  if (place < ${places}u) {
    for (var split = share; split < ${splits}u; split += ${shares}u) {
      sums += partial[split * ${places}u + place];
    }
  }
${
  shares === 1
    ? `  if (place < ${places}u) { ${write} }`
    : `  sharedSums[local] = sums;
  workgroupBarrier();
  if (share == 0u && place < ${places}u) {
    for (var other = 1u; other < ${shares}u; other++) { sums += sharedSums[other * ${lanes}u + local]; }
    ${write}
  }`
}`;
  const memory = shares === 1 ? [] : [`var<workgroup> sharedSums : array<${type}, ${threads}>;`];
  return {
    variables: [temporary(0, "partial", type), ...finish.variables, output(0, "result", type)],
    body: [...memory, functionsText(finish.functions), entry(threads, main)].join("\n"),
    groups: groupsOf(Math.ceil(places / lanes)),
  };
};
