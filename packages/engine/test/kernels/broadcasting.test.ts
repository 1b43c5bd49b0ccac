import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { expectSame } from "./reference/errors.ts";
import { drawn, gathered, type Numbers } from "./reference/numbers.ts";
import { commandsOf, runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/** x repeated to a shape. */
const repeated = (x: Numbers, shape: readonly number[]): Numbers =>
  gathered(x, shape, (index) =>
    index.slice(index.length - x.shape.length).map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
  );

const check = (shapeA: readonly number[], shapeB: readonly number[], shape: readonly number[]): void => {
  const [a, b] = [drawn(shapeA, 1), drawn(shapeB, 2)];
  const [fullA, fullB] = [repeated(a, shape), repeated(b, shape)];
  const want = { shape, data: fullA.data.map((v, i) => v - fullB.data[i]!) };
  const what = `[${shapeA.join()}] - [${shapeB.join()}]`;
  expectSame(runOne("Sub", { a, b }), want, what);
  const swapped = { shape, data: fullA.data.map((v, i) => fullB.data[i]! - v) };
  expectSame(runOne("Sub", { a: b, b: a }), swapped, `the other way round, ${what}`);
};

const axis = fc.record({
  length: fc.integer({ min: 1, max: 5 }),
  repeats: fc.constantFrom("neither", "neither", "a", "b"),
});

describe("axes of length 1 repeat, and axes that are missing in front", () => {
  test("in every pattern, of up to six axes", () =>
    fc.assert(
      fc.property(fc.array(axis, { maxLength: 6 }), fc.nat(6), fc.boolean(), (axes, missing, last) => {
        const shape = axes.map(({ length }, i) => (last && i === axes.length - 1 ? 17 : length));
        const a = shape.map((length, i) => (axes[i]!.repeats === "a" ? 1 : length));
        const b = shape.map((length, i) => (axes[i]!.repeats === "b" ? 1 : length));
        const leading = Math.min(missing, a.length);
        const shorter = a.slice(0, leading).every((length) => length === 1) ? a.slice(leading) : a;
        check(shorter, b, shape.map((_, i) => Math.max(a[i]!, b[i]!))); // prettier-ignore
      }),
      { numRuns: 300 },
    ));

  test.each<[readonly number[], readonly number[], readonly number[]]>([
    [[4, 30, 30, 32], [32], [4, 30, 30, 32]],
    [
      [4, 30, 30, 32],
      [4, 1, 1, 32],
      [4, 30, 30, 32],
    ],
    [[4, 30, 30, 32], [], [4, 30, 30, 32]],
    [
      [300, 70],
      [300, 1],
      [300, 70],
    ],
    [
      [300, 1],
      [1, 70],
      [300, 70],
    ],
    [
      [9, 1, 11, 1, 13],
      [1, 10, 1, 12, 1],
      [9, 10, 11, 12, 13],
    ],
    [
      [2, 1, 2, 1, 2, 1],
      [1, 3, 1, 3, 1, 3],
      [2, 3, 2, 3, 2, 3],
    ],
    [
      [2, 1, 40, 1, 1, 33],
      [3, 1, 2, 1, 1],
      [2, 3, 40, 2, 1, 33],
    ],
  ])("%j and %j", check);

  test("up to five runs of axes by the machine", () => {
    expect(
      commandsOf("Sub", [
        [9, 1, 11, 1, 13],
        [1, 10, 1, 12, 1],
      ]),
    ).toEqual(["elementwise"]);
    expect(
      commandsOf("Sub", [
        [4, 30, 30, 32],
        [4, 1, 1, 32],
      ]),
    ).toEqual(["elementwise"]);
  });
});
