import { grad, ops, own, type Tensor } from "@nonmarkov/autodiff";
import { memory, tensor } from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { jit } from "../../src/index.ts";
import { outline } from "../../src/jit/outline.ts";
import { taken } from "./reference/guardedGpu.ts";
import { startGpu } from "./reference/startGpu.ts";

beforeAll(async () => {
  await startGpu();
});

let before = 0;
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => expect(memory().numTensors - before, "tensors left over").toBe(0));

/** A function at once and recorded, as numbers. */
const both = async (f: (x: Tensor) => Tensor, x: Tensor): Promise<readonly (readonly number[])[]> => {
  const owned = (y: Tensor): Tensor => own(() => f(y));
  return taken(owned(x), jit(owned)(x));
};

describe("numbers of another type are converted before anything is computed with them", () => {
  test.each([
    ["int32 on the host", () => ops.tensor([1, 2, 3], [3], "int32"), "float32", [2, 4, 6]],
    [
      "int32 on the device",
      () => own(() => ops.add(ops.tensor([0, 1, 2], [3], "int32"), ops.tensor([1, 1, 1], [3], "int32"))),
      "float32",
      [2, 4, 6],
    ],
    ["bool on the host", () => tensor([true, false, true], [3], "bool") as Tensor, "float32", [2, 0, 2]],
    ["bool to int32", () => tensor([true, false, true], [3], "bool") as Tensor, "int32", [2, 0, 2]],
    ["bool on the device", () => own(() => ops.greater(ops.tensor([1, -1, 2]), 0)), "float32", [2, 0, 2]],
  ] as const)("%s", async (_, make, dtype, want) => {
    const warn = vi.spyOn(console, "warn").mockReturnValue(); // whole numbers are added kernel by kernel
    const x = make();
    const double = (y: Tensor): Tensor => (y.dtype === "float32" ? ops.addN([y, y]) : ops.add(y, y));
    expect(await both((y) => double(ops.cast(y, dtype)), x)).toEqual([want, want]);
    // what was cast outside is an argument
    const cast = ops.cast(x, dtype);
    expect(await both(double, cast)).toEqual([want, want]);
    cast.dispose();
    x.dispose();
    warn.mockRestore();
  });

  test("the greatest of whole numbers is found as that of whole numbers", async () => {
    for (const numbers of [[-5, 3, -7, 2], [-5, -1, -7], [1, 3, 2]]) {
      const x = ops.tensor(numbers, [numbers.length], "int32");
      expect(await taken(ops.argMax(x, 0))).toEqual([[1]]);
      x.dispose();
    }
  }); // prettier-ignore
});

describe("empty tensors are no error, and what comes after them is computed", () => {
  const kernels: Readonly<Record<string, readonly [make: () => Tensor, f: (x: Tensor) => Tensor, want: readonly number[]]>> = {
    isFinite: [() => ops.zeros([0, 3]), (x) => ops.isFinite(x), []],
    greater: [() => ops.zeros([0, 3]), (x) => ops.greater(x, 0), []],
    cast: [() => ops.zeros([0, 3]), (x) => ops.cast(x, "int32"), []],
    "argMax of no rows": [() => ops.zeros([0, 3]), (x) => ops.argMax(x, 1), []],
    "sums of no rows": [() => ops.zeros([0, 2]), (x) => ops.unsortedSegmentSum(x, ops.zeros([0], "int32") as never, 2), [0, 0, 0, 0]],
    "sums of rows of nothing": [() => ops.zeros([3, 0]), (x) => ops.unsortedSegmentSum(x, ops.zeros([3], "int32") as never, 2), []],
    "rows of nothing": [() => ops.zeros([3, 0]), (x) => ops.gather(x, ops.tensor([1, 1], [2], "int32") as never), []],
  }; // prettier-ignore

  test.each(Object.keys(kernels))("%s", async (name) => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const [make, f, want] = kernels[name]!;
    const x = make();
    expect(await both(f, x)).toEqual([want, want]);
    x.dispose();
    const one = ops.scalar(1);
    expect(await both((y) => ops.neg(y), one)).toEqual([[-1], [-1]]);
    one.dispose();
    warn.mockRestore();
  });
});

test("a tensor as a row and as a column is one buffer, in one kernel", async () => {
  const warn = vi.spyOn(console, "warn");
  const x = ops.tensor([1, 2, 4, 8]);
  const pairs = (y: Tensor): Tensor => ops.sub(ops.reshape(y, [1, 4]), ops.reshape(y, [4, 1]));
  const want = [0, 1, 3, 7, -1, 0, 2, 6, -3, -2, 0, 4, -7, -6, -4, 0];
  expect(await both(pairs, x)).toEqual([want, want]);
  expect(outline((y: Tensor) => own(() => ops.neg(pairs(y))), x).commands).toBe(1);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
  x.dispose();
});

test("a convolution of any stride has a gradient by its input", async () => {
  const warn = vi.spyOn(console, "warn").mockReturnValue();
  const filter = ops.ones([2, 2, 1, 1]);
  const x = ops.zeros([1, 34, 34, 1]);
  const conv = (y: Tensor): Tensor => own(() => ops.sum(ops.conv2d(y as never, filter as never, 32, "valid")));
  const [slope] = await taken(own(() => grad(conv)(x)));
  expect(slope!.reduce((a, b) => a + b)).toBe(16);
  expect([0, 1, 33, 34, 35].map((i) => slope![i])).toEqual([1, 1, 1, 1, 1]);
  expect(slope![2]).toBe(0);
  for (const it of [filter, x]) it.dispose();
  warn.mockRestore();
});
