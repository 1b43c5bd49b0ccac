import { beforeAll, describe, test } from "vitest";
import { expectUnits } from "./reference/errors.ts";
import { startGuarded } from "./reference/guarded.ts";
import { drawn, eachIndex, type Numbers, sizeOf, stridesOf } from "./reference/numbers.ts";
import { runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

const lengths: Readonly<Record<string, number>> = { b: 2, h: 3, i: 4, j: 5, k: 6, d: 7 };
const shapeOf = (labels: string): number[] => [...labels].map((label) => lengths[label]!);

/** The sum over all values of the labels that the result does not have. */
const einsum = (equation: string, tensors: readonly Numbers[]): Float64Array => {
  const [terms, out] = equation.split("->") as [string, string];
  const parts = terms.split(",");
  const all = [...new Set([...terms.replaceAll(",", "")])];
  const place = (labels: string, index: readonly number[]): number =>
    stridesOf(shapeOf(labels)).reduce((sum, stride, axis) => sum + stride * index[all.indexOf(labels[axis]!)]!, 0);
  const result = new Float64Array(sizeOf(shapeOf(out)));
  eachIndex(shapeOf(all.join("")), (index) => {
    result[place(out, index)]! += parts.reduce(
      (product, labels, i) => product * tensors[i]!.data[place(labels, index)]!,
      1,
    );
  });
  return result;
};

describe("einsum sums products over the labels that the result does not have", () => {
  test.each([
    ...["ij,jk->ik", "ij,jk->ki", "bij,bkj->bik", "i,i->", "i,j->ji", "ij,->i", ",->", "ij,ij->", "ij,ij->ij"],
    ...["ij->ji", "ijk->j", "i->i", "ijk->kji", "ij->", "bhid,bhjd->bhij", "bhij,bhjd->bihd", "ij,kj->k", "ijk,k->ij"],
  ])("%s", (equation) => {
    const [terms, out] = equation.split("->") as [string, string];
    const tensors = terms.split(",").map((labels, i) => drawn(shapeOf(labels), i));
    const got = runOne("Einsum", tensors, { equation });
    expectUnits(got, einsum(equation, tensors), 30, 16, equation);
    if (got.shape.join() !== shapeOf(out).join()) throw new Error(`${equation}: got [${got.shape}]`);
  });
});
