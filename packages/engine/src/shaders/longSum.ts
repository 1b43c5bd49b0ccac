import type { Shape } from "../graph/graph.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { type Dispatch, type Shading, entry, groupsOf, input, output } from "./shading.ts";

const threads = 256;

/** Terms that one dispatch adds, so that any adapter has buffers enough. */
const together = 7;

/** The sum of tensors of one shape, from the first on: some at a time, each time more is added to the result. */
export const longSum = (count: number, shape: Shape): Shading => {
  const size = sizeOf(shape);
  const [width, type] = size % 4 === 0 ? ([4, "vec4<f32>"] as const) : ([1, "f32"] as const);
  const places = size / width;
  const dispatches: Dispatch[] = [];
  for (let first = 0; first < count; first += together) {
    const terms = Array.from({ length: Math.min(together, count - first) }, (_, i) => first + i);
    const sum = [...(first > 0 ? ["y[i]"] : []), ...terms.map((i) => `x${i}[i]`)].join(" + ");
    dispatches.push({
      variables: [...terms.map((i) => input(i, `x${i}`, type)), output(0, "y", type)],
      groups: groupsOf(Math.ceil(places / threads)),
      body: entry(threads, `  let i = group * ${threads}u + local;\n  if (i < ${places}u) { y[i] = ${sum}; }`),
    });
  }
  return { outputs: [{ shape, dtype: "float32" }], temporaries: [], tables: [], dispatches };
};
