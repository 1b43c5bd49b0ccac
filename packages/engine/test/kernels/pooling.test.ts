import { backend_util } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { startGuarded } from "./reference/guarded.ts";
import { expectUnits, largest } from "./reference/errors.ts";
import { drawn } from "./reference/numbers.ts";
import { commandsOf, runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

type Pad = "same" | "valid";
type Shape4 = [number, number, number, number];

const check = (
  op: "AvgPool" | "MaxPool",
  shape: Shape4,
  filterSize: [number, number],
  strides: [number, number],
  pad: Pad,
): void => {
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
  const x = drawn(shape, 1);
  const [, h, w, c] = shape;
  const want = new Float64Array(info.outShape.reduce((a, b) => a * b));
  for (let at = 0; at < want.length; at++) {
    const channel = at % c;
    const place = Math.floor(at / c);
    const [ox, oy, b] = [place % info.outWidth, Math.floor(place / info.outWidth) % info.outHeight, Math.floor(place / info.outWidth / info.outHeight)] as const; // prettier-ignore
    const window: number[] = [];
    for (let i = 0; i < filterSize[0]; i++)
      for (let j = 0; j < filterSize[1]; j++) {
        const [y, z] = [oy * strides[0] + i - info.padInfo.top, ox * strides[1] + j - info.padInfo.left];
        if (y >= 0 && y < h && z >= 0 && z < w) window.push(x.data[((b * h + y) * w + z) * c + channel]!);
      }
    want[at] = op === "MaxPool" ? Math.max(...window) : window.reduce((p, q) => p + q, 0) / window.length;
  }
  const got = runOne(op, { x }, { filterSize, strides, pad });
  expect(got.shape).toEqual(info.outShape);
  expectUnits(got, want, largest(x.data), op === "MaxPool" ? 0 : 16, `${op} ${JSON.stringify([shape, filterSize, strides, pad])}`); // prettier-ignore
};

describe("pooling takes the mean, or the largest, of each window, borders left out", () => {
  const pair = (most: number): fc.Arbitrary<[number, number]> =>
    fc.tuple(fc.integer({ min: 1, max: most }), fc.integer({ min: 1, max: most }));

  test.each(["AvgPool", "MaxPool"] as const)("%s, of all windows, strides and paddings", (op) =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        pair(9),
        fc.constantFrom(1, 2, 3, 4, 5, 8, 9),
        pair(4),
        pair(3),
        fc.constantFrom<Pad>("same", "valid"),
        (b, [h, w], c, window, strides, pad) => {
          if (pad === "valid" && (window[0] > h || window[1] > w)) return;
          check(op, [b, h, w, c], window, strides, pad);
        },
      ),
      { numRuns: 150 },
    ),
  );

  test("of whole images, and by the machine where there is no padding", () => {
    check("AvgPool", [3, 28, 28, 17], [28, 28], [1, 1], "valid");
    check("MaxPool", [3, 28, 28, 17], [2, 2], [2, 2], "valid");
    expect(commandsOf("AvgPool", [[1, 4, 4, 3]], { filterSize: [2, 2], strides: [2, 2], pad: "valid" })).toEqual(["pool"]); // prettier-ignore
  });

  test("NaN wins the maximum and the mean of its windows only", () => {
    const x = drawn([1, 4, 4, 5], 1);
    x.data[5 * 5 + 2] = NaN; // row 1, column 1
    for (const op of ["AvgPool", "MaxPool"]) {
      const { data } = runOne(op, { x }, { filterSize: 2, strides: 2, pad: "valid" });
      expect(
        Array.from(data, (v, i) => (Number.isNaN(v) ? i : -1)).filter((i) => i >= 0),
        op,
      ).toEqual([2]);
    }
  });
});
