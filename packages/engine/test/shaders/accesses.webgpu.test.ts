import { describe, expect, test } from "vitest";
import { attention, attentionGradient } from "../../src/shaders/attention.ts";
import { convolution, convolutionFilterGradient } from "../../src/shaders/convolution.ts";
import { denseMany } from "../../src/shaders/denseMany.ts";
import { groupNorm, groupNormGradient } from "../../src/shaders/groupNorm.ts";
import { transpose } from "../../src/shaders/move.ts";
import { product } from "../../src/shaders/product.ts";
import { argMax, reduce, softmax } from "../../src/shaders/reduce.ts";
import type { Shading } from "../../src/shaders/shading.ts";
import { sumMany } from "../../src/shaders/sumMany.ts";
import { geometryOf } from "../kernels/reference/convolution.ts";
import { drawn, type Numbers } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";
import { smallTilings, titleOf } from "./reference/tilings.ts";

type Case = { readonly shading: Shading; readonly inputs: readonly Numbers[] };
const of = (shading: Shading | undefined, ...shapes: readonly (readonly number[])[]): Case => ({
  shading: shading!,
  inputs: shapes.map((shape, i) => drawn(shape, i)),
});

const f32 = (...shape: number[]) => ({ shape, dtype: "float32" }) as const;
const norm = { groups: 2, silu: true, eps: 1e-5 };
const image = geometryOf([2, 7, 6, 8], [3, 3, 8, 12], { strides: 1, pad: "same" });
const attended = [[1, 5, 8], [1, 170, 8], [1, 170, 8]] as const; // prettier-ignore
const [q, k, v] = attended;

/** Kernels whose threads share memory. */
const cases: Readonly<Record<string, () => Case>> = {
  ...Object.fromEntries(
    smallTilings.flatMap((tiling) => [
      [`product in ${titleOf(tiling)}`, () => of(product([17, 85], [85, 19], false, false, undefined, { tiling }), [17, 85], [85, 19])],
      [`convolution in ${titleOf(tiling)}`, () => of(convolution(image, undefined, { tiling }), [2, 7, 6, 8], [3, 3, 8, 12])],
      [`filter gradient in ${titleOf(tiling)}`, () => of(convolutionFilterGradient(image, { tiling }), [2, 7, 6, 8], [2, 7, 6, 12])],
    ]),
  ),
  "group normalisation, several groups to a workgroup": () => of(groupNorm([34, 5, 128], { ...norm, groups: 32}), [34, 5, 128], [128], [128]),
  "group normalisation that fits no registers": () => of(groupNorm([1, 900, 35], { ...norm, groups: 1}), [1, 900, 35], [35], [35]),
  "group normalisation in parts": () => of(groupNorm([1, 20, 20, 256], { ...norm, groups: 2}), [1, 20, 20, 256], [256], [256]),
  "gradient of group normalisation": () => of(groupNormGradient([5, 5, 64], { ...norm, groups: 32}), [5, 5, 64], [5, 5, 64], [64], [64], [5, 32], [5, 32]),
  "gradient of group normalisation of few channels": () => of(groupNormGradient([2, 9, 6], norm), [2, 9, 6], [2, 9, 6], [6], [6], [2, 2], [2, 2]),
  "gradient of group normalisation in parts": () => of(groupNormGradient([1, 20, 20, 256], norm), [1, 20, 20, 256], [1, 20, 20, 256], [256], [256], [1, 2], [1, 2]),
  "gradient of group normalisation of many rows": () => of(groupNormGradient([300, 6], norm), [300, 6], [300, 6], [6], [6], [300, 2], [300, 2]),
  "sum of rows": () => of(reduce([3, 4001], [1], "sum", [3]), [3, 4001]),
  "sum of all, in parts": () => of(reduce([70003], [0], "sum", []), [70003]),
  "sum of columns": () => of(reduce([2000, 7], [0], "sum", [7]), [2000, 7]),
  "sum of columns of vectors": () => of(reduce([2000, 12], [0], "sum", [12]), [2000, 12]),
  "greatest of columns between": () => of(reduce([5, 70, 33], [1], "max", [5, 33]), [5, 70, 33]),
  "index of the greatest": () => of(argMax([5, 700], 1), [5, 700]),
  softmax: () => of(softmax([7, 257]), [7, 257]),
  "softmax of long rows": () => of(softmax([2, 5001]), [2, 5001]),
  transposition: () => of(transpose([70, 45], "float32", [1, 0]), [70, 45]),
  "sums of many": () => of(sumMany({ inputs: 1, instructions: [], outputs: [0] }, [f32(700), f32(5), f32(2000)], []), [700], [5], [2000]),
  "one matrix by many": () => of(denseMany([3, 40], [20, 70], undefined, [f32(3, 20), f32(3, 70)]), [3, 40], [40, 20], [40, 70]),
  attention: () => of(attention(q, k, v, 0.3), ...attended),
  "gradient of attention": () => of(attentionGradient(q, k, v, 0.3), [1, 5, 8], ...attended, [1, 5, 8], [1, 5]),
}; // prettier-ignore

const faultsOf = async (shading: Shading, inputs: readonly Numbers[]): Promise<readonly string[]> => {
  const faults: string[] = [];
  await runShading(
    shading,
    inputs.map(({ data }) => data),
    (fault) => faults.push(fault),
  );
  return faults;
};

describe("no two threads meet in memory that they share but with a barrier between them, and none goes beyond the end", () => {
  test.each(Object.keys(cases))("%s", async (name) => {
    const { shading, inputs } = cases[name]!();
    expect(await faultsOf(shading, inputs)).toEqual([]);
  });

  const barrier = "workgroupBarrier();";
  /** A text without one of its barriers, for each of them. */
  const withoutOne = (text: string): readonly string[] => {
    const parts = text.split(barrier);
    return parts.slice(1).map((_, i) => [...parts.slice(0, i), parts.slice(i, i + 2).join(""), ...parts.slice(i + 2)].join(barrier)); // prettier-ignore
  };

  // convolutions have the barriers of products, and attention compiles for too long to be tried so often
  const tried = Object.keys(cases).filter((name) => !/attention|^(convolution|filter gradient) in/.test(name));
  test.each(tried)("and every barrier is needed: %s", async (name) => {
    const { shading, inputs } = cases[name]!();
    const { many, dispatches } = shading;
    const mutants = dispatches.flatMap((dispatch, d) =>
      withoutOne(dispatch.body).map((body) => ({
        ...shading,
        dispatches: dispatches.with(d, { ...dispatch, body }),
      })),
    );
    const manyMutants =
      many === undefined
        ? []
        : withoutOne(many.body(String)).map((_, i) => {
            const body: typeof many.body = (variable) => withoutOne(many.body(variable))[i]!;
            return { ...shading, many: { ...many, body } };
          });
    expect(mutants.length + manyMutants.length).toBeGreaterThan(0);
    for (const [i, mutant] of [...mutants, ...manyMutants].entries())
      expect(await faultsOf(mutant, inputs), `without barrier ${i}`).not.toEqual([]);
  });
});
