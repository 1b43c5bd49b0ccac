import { backend_util } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { expect, describe, test } from "vitest";
import type { Value } from "../../src/graph/graph.ts";
import { averagePoolGradient, pool } from "../../src/shaders/pool.ts";
import { drawn, sizeOf } from "../kernels/reference/numbers.ts";
import { runShading } from "./reference/runShading.ts";

type Pair = [number, number];
type Four = [number, number, number, number];

const pair = (most: number): fc.Arbitrary<Pair> =>
  fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most }));
const channels = fc.constantFrom(1, 2, 3, 4, 5, 8, 9);

/** Calls f for each number of a result of pooling with the places of its window that lie in the image. */
const eachWindow = (
  [, h, w, c]: Four,
  filter: Pair,
  strides: Pair,
  { outShape, padInfo }: Pick<backend_util.Conv2DInfo, "outShape" | "padInfo">,
  f: (at: number, places: readonly number[]) => void,
): void => {
  const [, oh, ow] = outShape;
  for (let at = 0; at < sizeOf(outShape); at++) {
    const place = Math.floor(at / c);
    const row = Math.floor(place / ow);
    const places: number[] = [];
    for (let i = 0; i < filter[0]; i++)
      for (let j = 0; j < filter[1]; j++) {
        const [y, x] = [(row % oh) * strides[0] + i - padInfo.top, (place % ow) * strides[1] + j - padInfo.left];
        if (y >= 0 && y < h && x >= 0 && x < w) places.push(((Math.floor(row / oh) * h + y) * w + x) * c + (at % c));
      }
    f(at, places);
  }
};

const checkPool = async (shape: Four, filter: Pair, strides: Pair, kind: "mean" | "max"): Promise<void> => {
  const info = backend_util.computePool2DInfo(shape, filter, strides, 1, "valid");
  const { data } = drawn(shape, 1);
  const made = pool(shape, filter, strides, kind);
  expect(made.outputs).toEqual([{ shape: info.outShape, dtype: "float32" }]);
  const [got] = await runShading(made, [data]);
  eachWindow(shape, filter, strides, info, (at, places) => {
    const window = places.map((i) => data[i]!);
    const size = window.reduce((sum, x) => sum + Math.abs(x), 0) / window.length;
    const want = kind === "max" ? Math.max(...window) : window.reduce((a, b) => a + b) / window.length;
    const bound = kind === "max" ? 0 : window.length * 2 ** -24 * size + 2 ** -24 * Math.abs(want);
    if (!(Math.abs(got![at]! - want) <= bound))
      throw new Error(`${kind} of [${shape}] ${filter}, ${strides}: number ${at} must be ${want}, got ${got![at]}`);
  });
};

describe("pool", () => {
  test.each(["mean", "max"] as const)("takes the %s of each window, of all windows and strides", (kind) =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        pair(9),
        channels,
        pair(4),
        pair(3),
        async (b, [h, w], c, [fy, fx], strides) => {
          if (fy <= h && fx <= w) await checkPool([b, h, w, c], [fy, fx], strides, kind);
        },
      ),
      { numRuns: 60 },
    ),
  );

  test.each(["mean", "max"] as const)("the %s of whole images, and of many", async (kind) => {
    await checkPool([3, 28, 28, 17], [28, 28], [1, 1], kind);
    await checkPool([133, 6, 6, 8], [2, 2], [2, 2], kind);
  });

  test("NaN wins the maximum and the mean of its windows only", async () => {
    for (const c of [4, 5])
      for (const kind of ["mean", "max"] as const) {
        const { data } = drawn([1, 4, 4, c], 1);
        data[5 * c + 2] = NaN; // row 1, column 1
        new Int32Array(data.buffer)[5 * c + 3] = 0xffc00001; // of any sign and payload
        data[15 * c] = Infinity;
        const [got] = await runShading(pool([1, 4, 4, c], [2, 2], [2, 2], kind), [data]);
        expect(Array.from(got!.keys()).filter((i) => Number.isNaN(got![i])), kind).toEqual([2, 3]); // prettier-ignore
        expect(got![3 * c]).toBe(Infinity);
      }
  });
});

describe("averagePoolGradient", () => {
  const inputsOf = (dy: readonly number[], image: readonly number[]): Value[] => [
    { shape: dy, dtype: "float32" },
    { shape: image, dtype: "float32" },
  ];

  test("gives each pixel its window's share, and 0 to those outside of all, of all windows that do not overlap", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        pair(9),
        channels,
        pair(4),
        pair(3),
        fc.constantFrom<"same" | "valid">("same", "valid"),
        async (b, [h, w], c, filterSize, more, pad) => {
          if (pad === "valid" && (filterSize[0] > h || filterSize[1] > w)) return;
          const strides: Pair = [filterSize[0] + more[0] - 1, filterSize[1] + more[1] - 1];
          const shape: Four = [b, h, w, c];
          const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
          const dy = drawn(info.outShape, 2).data;
          const want = new Float64Array(sizeOf(shape));
          eachWindow(shape, filterSize, strides, info, (at, places) => {
            for (const place of places) want[place] = dy[at]! / (filterSize[0] * filterSize[1]);
          });
          const made = averagePoolGradient(inputsOf(info.outShape, shape), { filterSize, strides, pad })!;
          expect(made.outputs).toEqual([{ shape, dtype: "float32" }]);
          const [got] = await runShading(made, [dy, new Float32Array(sizeOf(shape))]);
          want.forEach((x, i) => {
            if (!(Math.abs(got![i]! - x) <= 2 ** -23 * Math.abs(x)))
              throw new Error(`[${shape}] ${filterSize}, ${strides}, ${pad}: number ${i} must be ${x}, got ${got![i]}`);
          });
        },
      ),
      { numRuns: 80 },
    ));

  test("the only window may have any stride, and windows that overlap are not for it", () => {
    const gradient = (image: Four, filterSize: number, strides: number) =>
      averagePoolGradient(inputsOf([1, 1, 1, 1], image), { filterSize, strides, pad: "valid" });
    expect(gradient([1, 3, 3, 1], 3, 1)).toBeDefined();
    expect(gradient([1, 4, 4, 1], 3, 1)).toBeUndefined();
    expect(gradient([1, 4, 4, 1], 3, 3)).toBeDefined();
  });

  test("the gradient of the mean of a whole image", async () => {
    const dy = Float32Array.of(9, -18);
    const made = averagePoolGradient(inputsOf([1, 1, 1, 2], [1, 3, 3, 2]), {
      filterSize: 3,
      strides: 1,
      pad: "valid",
    })!;
    const [got] = await runShading(made, [dy, new Float32Array(18)]);
    got!.forEach((x, i) => expect(x).toBeCloseTo([1, -2][i % 2]!, 6));
  });
});
