import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { expectSame } from "./reference/errors.ts";
import { gathered, type Numbers, sizeOf } from "./reference/numbers.ts";
import { commandsOf, type Dtype, run, runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/** Numbers that are all different (of bool tensors: some). */
const counted = (shape: readonly number[], dtype: Dtype): Numbers => ({
  shape,
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => (dtype === "bool" ? Number(i % 3 === 0) : i + 1)),
});

const dtypes = fc.constantFrom<Dtype>("float32", "float32", "int32", "bool");
const lengths = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(7, 8, 9, 17));
const shapes = (least: number): fc.Arbitrary<readonly number[]> =>
  fc.array(lengths, { minLength: least, maxLength: 6 }).filter((shape) => sizeOf(shape) < 5000);
const permutation = (rank: number): fc.Arbitrary<readonly number[]> =>
  fc.shuffledSubarray(Array.from({ length: rank }, (_, i) => i), { minLength: rank, maxLength: rank }); // prettier-ignore
const numRuns = 150;

describe("kernels that move numbers move them where they belong, of every type", () => {
  const transposed = (x: Numbers, perm: readonly number[]): Numbers =>
    gathered(x, perm.map((axis) => x.shape[axis]!), (index) => x.shape.map((_, axis) => index[perm.indexOf(axis)]!)); // prettier-ignore

  test("transposes of up to six axes", () =>
    fc.assert(
      fc.property(
        shapes(1).chain((shape) => fc.tuple(fc.constant(shape), permutation(shape.length))),
        dtypes,
        ([shape, perm], dtype) => {
          const x = counted(shape, dtype);
          expectSame(runOne("Transpose", { x }, { perm }, dtype), transposed(x, perm), `[${shape}] by ${perm}`);
        },
      ),
      { numRuns: 2 * numRuns },
    ));

  test.each<[readonly number[], readonly number[]]>([
    [
      [300, 201],
      [1, 0],
    ],
    [
      [5, 67, 34],
      [0, 2, 1],
    ],
    [
      [33, 5, 67],
      [2, 0, 1],
    ],
    [
      [2, 9, 4, 33],
      [0, 2, 1, 3],
    ],
    [
      [3, 3, 65, 130],
      [1, 0, 3, 2],
    ],
    [
      [4, 1, 70, 1, 9],
      [2, 1, 4, 3, 0],
    ],
  ])("larger transposes: %j by %j", (shape, perm) => {
    const x = counted(shape, "float32");
    expectSame(runOne("Transpose", { x }, { perm }), transposed(x, perm));
  });

  test("slices", () =>
    fc.assert(
      fc.property(
        fc
          .array(
            fc
              .tuple(lengths, fc.nat(20), fc.nat(20))
              .map(([n, begin, size]) => [n, begin % n, 1 + (size % (n - (begin % n)))] as const),
            { minLength: 1, maxLength: 6 },
          )
          .filter((axes) => sizeOf(axes.map(([n]) => n)) < 5000),
        dtypes,
        (axes, dtype) => {
          const x = counted(axes.map(([n]) => n), dtype); // prettier-ignore
          const [begin, size] = [axes.map(([, b]) => b), axes.map(([, , s]) => s)];
          const want = gathered(x, size, (index) => index.map((i, axis) => i + begin[axis]!));
          expectSame(runOne("Slice", { x }, { begin, size }, dtype), want);
        },
      ),
      { numRuns },
    ));

  test("padding with any number", () =>
    fc.assert(
      fc.property(
        fc
          .array(fc.tuple(lengths, fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 5 })
          .filter((axes) => sizeOf(axes.map(([n, a, b]) => n + a + b)) < 8000),
        fc.constantFrom<Dtype>("float32", "int32"),
        fc.constantFrom(0, -3, 7),
        (axes, dtype, constantValue) => {
          const x = counted(axes.map(([n]) => n), dtype); // prettier-ignore
          const paddings = axes.map(([, before, after]) => [before, after]);
          const want = gathered(
            x,
            axes.map(([n, before, after]) => n + before + after),
            (index) => {
              const from = index.map((i, axis) => i - axes[axis]![1]);
              return from.every((i, axis) => i >= 0 && i < axes[axis]![0]) ? from : undefined;
            },
            constantValue,
          );
          expectSame(runOne("PadV2", { x }, { paddings, constantValue }, dtype), want);
        },
      ),
      { numRuns },
    ));

  test("reversal of any axes, and repetition along all", () =>
    fc.assert(
      fc.property(
        shapes(1).chain((shape) =>
          fc.tuple(
            fc.constant(shape),
            fc.subarray([...shape.keys()]),
            fc.array(fc.integer({ min: 1, max: 3 }), { minLength: shape.length, maxLength: shape.length }),
          ),
        ),
        dtypes,
        ([shape, dims, reps], dtype) => {
          const x = counted(shape, dtype);
          const back = gathered(x, shape, (index) =>
            index.map((i, axis) => (dims.includes(axis) ? shape[axis]! - 1 - i : i)),
          );
          expectSame(runOne("Reverse", { x }, { dims }, dtype), back, `[${shape}] reversed by ${dims}`);
          if (sizeOf(shape) * sizeOf(reps) > 20000 || shape.length > 4) return;
          const tiled = gathered(x, shape.map((n, i) => n * reps[i]!), (index) => index.map((i, axis) => i % shape[axis]!)); // prettier-ignore
          expectSame(runOne("Tile", { x }, { reps }, dtype), tiled, `[${shape}] ${reps} times`);
        },
      ),
      { numRuns },
    ));

  test("a split along an axis, even or not, is put together again by concatenation, and so are stacks", () =>
    fc.assert(
      fc.property(
        shapes(1),
        fc.nat(),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        dtypes,
        (outer, at, sizes, dtype) => {
          const axis = at % outer.length;
          const shape = outer.with(axis, sizes.reduce((a, b) => a + b)); // prettier-ignore
          const x = counted(shape, dtype);
          const parts = run("SplitV", { x }, { numOrSizeSplits: sizes, axis }, dtype);
          let first = 0;
          parts.forEach((part, i) => {
            const begin = first;
            expectSame(
              part,
              gathered(x, shape.with(axis, sizes[i]!), (index) => index.with(axis, index[axis]! + begin)),
            );
            first += sizes[i]!;
          });
          expectSame(runOne("Concat", parts, { axis }, dtype), x, "together");
          const slices = run("Unpack", { value: x }, { axis }, dtype);
          slices.forEach((slice, i) =>
            expectSame(
              slice,
              gathered(x, shape.toSpliced(axis, 1), (index) => index.toSpliced(axis, 0, i)),
            ),
          );
          if (shape.length < 6) expectSame(runOne("Pack", slices, { axis }, dtype), x, "stacked");
        },
      ),
      { numRuns },
    ));

  test("nearest neighbours, enlarged by whole factors, other factors, and made smaller", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        lengths,
        fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
        fc.boolean(),
        (b, h, w, c, [p, q], whole) => {
          const images = counted([b, h, w, c], "float32");
          const size = whole ? [h * ((p % 3) + 1), w * ((q % 3) + 1)] : [p, q];
          const want = gathered(images, [b, size[0]!, size[1]!, c], ([i, y, x, channel]) => [
            i!,
            Math.floor((y! * h) / size[0]!),
            Math.floor((x! * w) / size[1]!),
            channel!,
          ]);
          const got = runOne(
            "ResizeNearestNeighbor",
            { images },
            { size, alignCorners: false, halfPixelCenters: false },
          );
          expectSame(got, want, `[${images.shape}] to ${size}`);
        },
      ),
      { numRuns },
    ));

  test("by the machine, and not by the slower kernels of tfjs", () => {
    const kernels: [string, number[][], object][] = [
      ["Transpose", [[2, 3, 4, 5, 6, 7]], { perm: [5, 3, 1, 0, 2, 4] }],
      ["Slice", [[4, 5]], { begin: [1, 2], size: [2, 2] }],
      ["PadV2", [[4, 5]], { paddings: [[1, 1], [0, 2]], constantValue: 0 }],
      ["Reverse", [[4, 5]], { dims: [1] }],
      ["Tile", [[4, 5]], { reps: [2, 3] }],
      ["Concat", [[4, 5], [2, 5]], { axis: 0 }],
      ["SplitV", [[4, 6]], { axis: 1, numOrSizeSplits: 3 }],
      ["Pack", [[4], [4]], { axis: 1 }],
      ["Unpack", [[4, 3]], { axis: 1 }],
      ["ResizeNearestNeighbor", [[1, 2, 3, 4]], { size: [4, 6], alignCorners: false, halfPixelCenters: false }],
    ]; // prettier-ignore
    for (const [op, inputs, attrs] of kernels) expect(commandsOf(op, inputs, attrs), op).toBeDefined();
  });
});
