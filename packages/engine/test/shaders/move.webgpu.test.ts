import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concat, enlarge, fill, pad, reverse, slice, splitAlong, tile, transpose } from "../../src/shaders/move.ts";
import type { Shading } from "../../src/shaders/shading.ts";
import { eachIndex, sizeOf, stridesOf } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";

type Words = { readonly shape: readonly number[]; readonly data: Int32Array };

/** Words that are all different, of any bits: some are NaN as float32. */
const counted = (shape: readonly number[], from = 1): Words => ({
  shape,
  data: Int32Array.from({ length: sizeOf(shape) }, (_, i) => Math.imul(i + from, 0x9e3779b1)),
});

/** The words of another shape, each from the index that `from` gives, or `rest` where that is undefined. */
const moved = (
  x: Words,
  shape: readonly number[],
  from: (index: readonly number[]) => readonly number[] | undefined,
  rest = 0,
): Words => {
  const strides = stridesOf(x.shape);
  const data = new Int32Array(sizeOf(shape)).fill(rest);
  eachIndex(shape, (index, at) => {
    const source = from(index);
    if (source !== undefined) data[at] = x.data[source.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!;
  });
  return { shape, data };
};

/** Expects the shapes and the words. */
const expectWords = async (
  shading: Shading,
  inputs: readonly Words[],
  want: readonly Words[],
  what: string,
): Promise<void> => {
  expect(
    shading.outputs.map(({ shape }) => shape),
    what,
  ).toEqual(want.map(({ shape }) => shape));
  const got = await runShading(
    shading,
    inputs.map(({ data }) => data),
  );
  want.forEach(({ data, shape }, k) => {
    const words = new Int32Array(got[k]!.buffer);
    const wrong = data.findIndex((word, i) => words[i] !== word);
    if (wrong >= 0 || words.length !== data.length)
      throw new Error(`${what}: [${shape}] number ${wrong} must be ${data[wrong]}, got ${words[wrong]}`);
  });
};

const lengths = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom(4, 8, 9, 12, 17, 32));
const shapes = (least: number): fc.Arbitrary<readonly number[]> =>
  fc.array(lengths, { minLength: least, maxLength: 6 }).filter((shape) => sizeOf(shape) < 5000);
const permutation = (rank: number): fc.Arbitrary<readonly number[]> =>
  fc.shuffledSubarray(Array.from({ length: rank }, (_, i) => i), { minLength: rank, maxLength: rank }); // prettier-ignore
const numRuns = 60;

describe("shaders that move numbers move their words where they belong", () => {
  const transposed = (x: Words, perm: readonly number[]): Words =>
    moved(x, perm.map((axis) => x.shape[axis]!), (index) => x.shape.map((_, axis) => index[perm.indexOf(axis)]!)); // prettier-ignore
  const dtypes = fc.constantFrom("float32", "int32", "bool");

  test("transposes of up to six axes", () =>
    fc.assert(
      fc.asyncProperty(
        shapes(1).chain((shape) => fc.tuple(fc.constant(shape), permutation(shape.length))),
        dtypes,
        async ([shape, perm], dtype) => {
          const x = counted(shape);
          const made = transpose(shape, dtype, perm);
          expect(made.outputs[0]!.dtype).toBe(dtype);
          await expectWords(made, [x], [transposed(x, perm)], `[${shape}] by ${perm}`);
        },
      ),
      { numRuns: 2 * numRuns },
    ));

  // prettier-ignore
  test.each<[readonly number[], readonly number[]]>([
    [[300, 201], [1, 0]],
    [[5, 67, 34], [0, 2, 1]],
    [[33, 5, 67], [2, 0, 1]],
    [[133, 17, 16], [0, 2, 1]],
    [[2, 9, 4, 33], [0, 2, 1, 3]],
    [[3, 3, 65, 130], [1, 0, 3, 2]],
    [[2, 20, 3, 18, 5], [2, 3, 0, 4, 1]],
    [[4, 1, 70, 1, 9], [2, 1, 4, 3, 0]],
  ])("larger transposes: %j by %j", async (shape, perm) => {
    const x = counted(shape);
    await expectWords(transpose(shape, "float32", perm), [x], [transposed(x, perm)], "");
  });

  test("workgroups that are too many are turned away", async () => {
    const x = counted([5, 67, 34]);
    const made = transpose(x.shape, "float32", [0, 2, 1]);
    const [{ groups, ...rest }] = made.dispatches as [Shading["dispatches"][number]];
    const dispatches = [{ ...rest, groups: [Math.ceil(groups[0] / 2), 4, 1] as const }];
    await expectWords({ ...made, dispatches }, [x], [transposed(x, [0, 2, 1])], "");
  });

  test("many more numbers than threads of one dimension of workgroups", async () => {
    // 65535 workgroups of 256 threads are 16776960
    const x = counted([2, 3000, 2900]);
    const { data } = x;
    const made = slice(x.shape, "int32", [0, 0, 1], [2, 3000, 2899]);
    expect(made.dispatches[0]!.groups[1]).toBe(2);
    const [got] = await runShading(made, [data]);
    for (let i = 0; i < got!.length; i++)
      if (got![i] !== data[Math.floor(i / 2899) * 2900 + 1 + (i % 2899)]) throw new Error(`number ${i} is wrong`);
  });

  test("slices", () =>
    fc.assert(
      fc.asyncProperty(
        fc
          .array(
            fc
              .tuple(lengths, fc.nat(20), fc.nat(20))
              .map(([n, begin, size]) => [n, begin % n, 1 + (size % (n - (begin % n)))] as const),
            { minLength: 1, maxLength: 6 },
          )
          .filter((axes) => sizeOf(axes.map(([n]) => n)) < 5000),
        async (axes) => {
          const x = counted(axes.map(([n]) => n));
          const [begin, size] = [axes.map(([, b]) => b), axes.map(([, , s]) => s)];
          const want = moved(x, size, (index) => index.map((i, axis) => i + begin[axis]!));
          await expectWords(slice(x.shape, "float32", begin, size), [x], [want], `[${x.shape}] ${begin}, ${size}`);
        },
      ),
      { numRuns },
    ));

  test("runs that divide by 4 are read at any multiple of 4, and others at any place", async () => {
    const x = counted([6, 16]);
    for (const [begin, size] of [
      [4, 8],
      [4, 12],
      [3, 12],
      [4, 7],
      [1, 8],
    ] as const)
      // prettier-ignore
      await expectWords(
        slice([6, 16], "float32", [1, begin], [3, size]),
        [x],
        [moved(x, [3, size], ([i, j]) => [i! + 1, j! + begin])],
        `${begin} ${size}`,
      );
    expect(slice([6, 16], "float32", [1, 4], [3, 8]).dispatches[0]!.variables[0]!.type).toBe("vec4<u32>");
  });

  test("padding with any number", () =>
    fc.assert(
      fc.asyncProperty(
        fc
          .array(fc.tuple(lengths, fc.constantFrom(0, 0, 1, 3, 4), fc.constantFrom(0, 0, 1, 2, 4)), { maxLength: 5 })
          .filter((axes) => sizeOf(axes.map(([n, a, b]) => n + a + b)) < 8000),
        fc.constantFrom(0, -3, 0x40e00000),
        async (axes, bits) => {
          const x = counted(axes.map(([n]) => n));
          const paddings = axes.map(([, before, after]) => [before, after] as const);
          const want = moved(
            x,
            axes.map(([n, before, after]) => n + before + after),
            (index) => {
              const from = index.map((i, axis) => i - axes[axis]![1]);
              return from.every((i, axis) => i >= 0 && i < axes[axis]![0]) ? from : undefined;
            },
            bits,
          );
          await expectWords(
            pad(x.shape, "float32", paddings, bits),
            [x],
            [want],
            `[${x.shape}] ${paddings.join("; ")}`,
          );
        },
      ),
      { numRuns: 2 * numRuns },
    ));

  test("padding that divides by 4, or only together with what is padded", async () => {
    for (const [before, after, n] of [[4, 8, 4], [1, 3, 4], [2, 2, 8], [4, 1, 3], [4, 0, 5]] as const) {
      const x = counted([3, n]);
      const want = moved(x, [3, before + n + after], ([i, j]) => (j! >= before && j! < before + n ? [i!, j! - before] : undefined), 7);
      await expectWords(pad([3, n], "float32", [[0, 0], [before, after]], 7), [x], [want], `${n} in ${before}, ${after}`);
    }
  }); // prettier-ignore

  test("one number everywhere, also around nothing", async () => {
    const all = (shape: readonly number[], bits: number): Words => ({
      shape,
      data: new Int32Array(sizeOf(shape)).fill(bits),
    });
    await expectWords(fill([3, 5], "int32", -7), [], [all([3, 5], -7)], "odd");
    await expectWords(fill([4, 5], "float32", 0x7fc00000), [], [all([4, 5], 0x7fc00000)], "fours");
    await expectWords(fill([], "float32", 5), [], [all([], 5)], "scalar");
    await expectWords(pad([0, 3], "int32", [[1, 1], [0, 1]], 9), [counted([0, 3])], [all([2, 4], 9)], "empty"); // prettier-ignore
    expect(pad([0, 3], "int32", [[1, 1], [0, 1]], 9).dispatches[0]!.variables.length).toBe(1); // prettier-ignore
    expect(fill([0, 3], "float32", 1).dispatches).toEqual([]);
  });

  test("reversal of any axes, and repetition along all", () =>
    fc.assert(
      fc.asyncProperty(
        shapes(1).chain((shape) =>
          fc.tuple(
            fc.constant(shape),
            fc.subarray([...shape.keys()]),
            fc.array(fc.integer({ min: 1, max: 3 }), { minLength: shape.length, maxLength: shape.length }),
          ),
        ),
        async ([shape, dims, reps]) => {
          const x = counted(shape);
          const back = moved(x, shape, (index) =>
            index.map((i, axis) => (dims.includes(axis) ? shape[axis]! - 1 - i : i)),
          );
          await expectWords(reverse(shape, "float32", dims), [x], [back], `[${shape}] reversed by ${dims}`);
          if (sizeOf(shape) * sizeOf(reps) > 20000) return;
          const tiled = moved(x, shape.map((n, i) => n * reps[i]!), (index) => index.map((i, axis) => i % shape[axis]!)); // prettier-ignore
          await expectWords(tile(shape, "int32", reps), [x], [tiled], `[${shape}] ${reps} times`);
        },
      ),
      { numRuns },
    ));

  test("nearest neighbours, enlarged by whole factors", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 })),
        lengths,
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        async (b, [h, w], c, [fy, fx]) => {
          const x = counted([b, h, w, c]);
          const want = moved(x, [b, h * fy, w * fx, c], ([i, y, z, channel]) => [
            i!,
            Math.floor(y! / fy),
            Math.floor(z! / fx),
            channel!,
          ]);
          await expectWords(enlarge(x.shape, [fy, fx]), [x], [want], `[${x.shape}] by ${fy}, ${fx}`);
        },
      ),
      { numRuns },
    ));

  /** Parts along an axis, and the whole. */
  const cut = (shape: readonly number[], axis: number, sizes: readonly number[]): [Words, Words[]] => {
    const whole = counted(shape.with(axis, sizes.reduce((a, b) => a + b))); // prettier-ignore
    let first = 0;
    const parts = sizes.map((size) => {
      const begin = first;
      first += size;
      return moved(whole, shape.with(axis, size), (index) => index.with(axis, index[axis]! + begin));
    });
    return [whole, parts];
  };

  test("a tensor is cut along an axis, and put together again, of any number of parts", () =>
    fc.assert(
      fc.asyncProperty(
        shapes(1).filter((shape) => sizeOf(shape) < 500),
        fc.nat(),
        fc.array(fc.constantFrom(1, 2, 3, 4, 4, 8, 0), { minLength: 1, maxLength: 17 }),
        fc.boolean(),
        async (outer, at, mixed, even) => {
          const sizes = even ? mixed.map((n) => 4 * n) : mixed;
          if (sizes.every((n) => n === 0)) return;
          const axis = at % outer.length;
          const [whole, parts] = cut(outer, axis, sizes);
          const shapesOf = parts.map(({ shape }) => shape);
          const joined = concat(shapesOf, "float32", axis);
          const split = splitAlong(whole.shape, "float32", axis, sizes);
          const full = sizes.filter((n) => n > 0).length;
          expect(joined.dispatches.length).toBe(Math.ceil(full / 7));
          for (const { variables } of [...joined.dispatches, ...split.dispatches])
            expect(variables.length).toBeLessThanOrEqual(8);
          await expectWords(joined, parts, [whole], `[${outer}] ${axis}: ${sizes} together`);
          await expectWords(split, [whole], parts, `[${outer}] ${axis}: ${sizes} apart`);
        },
      ),
      { numRuns },
    ));

  test.each([[[1, 1, 1, 1, 1, 1, 3, 4, 4, 4, 4, 4, 4, 4, 3]], [[4, 4, 4, 4, 4, 4, 4, 3]], [[4, 8, 4, 4, 4, 4, 4, 8]]])(
    "parts of %j, in several dispatches of which some could copy four at a time",
    async (sizes) => {
      const [whole, parts] = cut([3, 1], 1, sizes);
      const shapesOf = parts.map(({ shape }) => shape);
      await expectWords(concat(shapesOf, "float32", 1), parts, [whole], "together");
      await expectWords(splitAlong(whole.shape, "float32", 1, sizes), [whole], parts, "apart");
    },
  );

  test("slices along an axis may lack it", async () => {
    const x = counted([3, 5, 2]);
    const want = [0, 1, 2, 3, 4].map((i) => moved(x, [3, 2], ([a, b]) => [a!, i, b!]));
    await expectWords(splitAlong([3, 5, 2], "float32", 1, [1, 1, 1, 1, 1], [3, 2]), [x], want, "slices");
  });

  test("parts whose runs divide by 4 are copied four at a time", async () => {
    const [whole, parts] = cut([150, 3], 1, [64, 12, 20]);
    const joined = concat(
      parts.map(({ shape }) => shape),
      "float32",
      1,
    );
    expect(joined.dispatches[0]!.variables.map(({ type }) => type)).toEqual(new Array(4).fill("vec4<u32>"));
    await expectWords(joined, parts, [whole], "together");
  });
});
