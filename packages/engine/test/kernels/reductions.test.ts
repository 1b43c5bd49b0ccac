import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { expectWithin } from "./reference/errors.ts";
import { drawn, eachIndex, type Numbers, sizeOf, unit } from "./reference/numbers.ts";
import { commandsOf, runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

type Name = "Sum" | "Mean" | "Max" | "Min";

const exact = (name: Name, x: Numbers, axes: readonly number[], keepDims: boolean) => {
  const kept = x.shape.map((n, i) => (axes.includes(i) ? 1 : n));
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  const data = new Float64Array(sizeOf(kept)).fill(name === "Max" ? -Infinity : name === "Min" ? Infinity : 0);
  const magnitude = new Float64Array(data.length);
  eachIndex(x.shape, (index, at) => {
    const to = index.reduce((sum, i, axis) => sum * kept[axis]! + (kept[axis] === 1 ? 0 : i), 0);
    const v = x.data[at]!;
    if (name === "Max") data[to] = Math.max(data[to]!, v);
    else if (name === "Min") data[to] = Math.min(data[to]!, v);
    else {
      data[to]! += name === "Mean" ? v / count : v;
      magnitude[to]! += Math.abs(name === "Mean" ? v / count : v);
    }
  });
  return { shape: keepDims ? kept : x.shape.filter((_, i) => !axes.includes(i)), data, magnitude };
};
/** Measured: 2 units of rounding of the sum of the terms' sizes. */
const check = (name: Name, shape: readonly number[], axes: readonly number[], keepDims: boolean): void => {
  const x = drawn(shape, sizeOf(shape));
  const given = name === "Max" || name === "Min" ? { reductionIndices: axes } : { axis: axes };
  const got = runOne(name, { x }, { ...given, keepDims });
  const want = exact(name, x, axes, keepDims);
  expectWithin(got, want, 8 * unit, `${name} of [${shape.join()}] over ${axes.join()}:`);
};

const names = ["Sum", "Mean", "Max", "Min"] as const;

describe("sums, means, maxima and minima", () => {
  test("over any axes, neighbours or not, kept or not", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 7, 9), fc.boolean()), { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...names),
        fc.boolean(),
        (axes, name, keepDims) =>
          check(name, axes.map(([n]) => n), axes.flatMap(([, reduced], i) => (reduced ? [i] : [])), keepDims), // prettier-ignore
      ),
      { numRuns: 300 },
    ));

  test.each<[string, readonly number[], readonly number[]]>([
    ["long rows, in parts", [3, 40001], [1]],
    ["one very long row", [200003], [0]],
    ["long columns, in parts", [20000, 7], [0]],
    ["long columns of a batch", [2, 9001, 5], [1]],
    ["many columns", [37, 1300], [0]],
    ["columns between other axes", [5, 70, 33], [1]],
    ["everything", [9, 50, 41], [0, 1, 2]],
    ["axes that are no neighbours", [11, 30, 13, 6], [0, 2]],
    ["first and last of three", [600, 4, 70], [0, 2]],
    ["rows that fill no vector", [1000, 3], [1]],
  ])("of %s: [%j] over %j", (_, shape, axes) => {
    for (const name of names) check(name, shape, axes, false);
  });

  test("a sum of a million equal numbers is exact up to some roundings, not a thousandth off", () => {
    const shape = [1 << 20];
    const [sum] = runOne("Sum", { x: { shape, data: new Float32Array(1 << 20).fill(0.1) } }, { axis: [0] }).data;
    expect(Math.abs(sum! / (Math.fround(0.1) * 2 ** 20) - 1)).toBeLessThan(4 * unit);
  });

  test("NaN wins every maximum and minimum, wherever it is; infinities are numbers; sums of them are NaN", () => {
    for (let at = 0; at < 11; at++)
      for (const shape of [[11], [11, 3]]) {
        const x = drawn(shape, 1);
        x.data[(at * x.data.length) / 11] = NaN;
        for (const name of names) {
          const given = name === "Max" || name === "Min" ? { reductionIndices: [0] } : { axis: [0] };
          const { data } = runOne(name, { x }, given);
          expect([...data].map(Number.isNaN)).toEqual([...data].map((_, i) => i === 0));
        }
      }
    const x = { shape: [6], data: Float32Array.of(1, Infinity, -3, 2, -Infinity, 0) };
    expect([...runOne("Max", { x }, { reductionIndices: [0] }).data]).toEqual([Infinity]);
    expect([...runOne("Min", { x }, { reductionIndices: [0] }).data]).toEqual([-Infinity]);
    expect([...runOne("Sum", { x }, { axis: [0] }).data]).toEqual([NaN]);
  });

  test("are computed by the machine, also over axes that lie apart", () => {
    expect(commandsOf("Sum", [[4, 5]], { axis: [1] })).toContain("reduce");
    expect(commandsOf("Max", [[4, 5, 6]], { reductionIndices: [0, 1] })).toContain("reduce");
  });
});
