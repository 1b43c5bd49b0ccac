import type { TensorInfo } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { makeBackend } from "../../src/backend/backend.ts";
import { execute } from "../../src/backend/execute.ts";
import { lower } from "../../src/commands/lower.ts";
import { makeMachine } from "../../src/machine/machine.ts";
import { startGuarded } from "./reference/guarded.ts";
import { expectWithin } from "./reference/errors.ts";
import { matMul } from "./reference/matMul.ts";
import { drawn, sizeOf, unit } from "./reference/numbers.ts";
import { commandsOf, runOne } from "./reference/run.ts";

beforeAll(async () => {
  await startGuarded(2);
});

/** Expects a product to be right up to a few roundings of the sum of its terms' sizes: their errors have random signs (measured: 4.6). */
const check = (
  [batchA, batchB]: readonly [readonly number[], readonly number[]],
  [m, k, n]: readonly [number, number, number],
  [transposeA, transposeB]: readonly [boolean, boolean],
): void => {
  const a = drawn([...batchA, ...(transposeA ? [k, m] : [m, k])], 1 + m);
  const b = drawn([...batchB, ...(transposeB ? [n, k] : [k, n])], 1000 + n);
  const got = runOne("BatchMatMul", { a, b }, { transposeA, transposeB });
  const want = matMul(a, b, transposeA, transposeB);
  expectWithin(got, want, 16 * unit, `[${a.shape}] x [${b.shape}], ${transposeA}, ${transposeB}:`);
};

const lengths = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 33);
const transposes = fc.tuple(fc.boolean(), fc.boolean());
const batches = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom("both", "first", "second")), { maxLength: 3 })
  .chain((axes) =>
    fc.record({
      a: fc.constant(axes.map(([length, where]) => (where === "second" ? 1 : length))),
      b: fc.constant(axes.map(([length, where]) => (where === "first" ? 1 : length))),
      // a shorter list of axes broadcasts as well
      drop: fc.boolean(),
    }),
  )
  .map(({ a, b, drop }) => [drop && a[0] === 1 ? a.slice(1) : a, b] as const);

describe("products of matrices are sums of products", () => {
  test("of all sizes, transposed or not, batches alike, broadcast on either side, or of different ranks", () =>
    fc.assert(
      fc.property(batches, fc.tuple(lengths, lengths, lengths), transposes, (outer, sizes, turned) =>
        check(outer, sizes, turned),
      ),
      { numRuns: 150 },
    ));

  test.each([
    ["an inner axis longer than a block of the cache", [5, 700, 9]],
    ["an inner axis of several blocks, with a rest", [3, 1537, 17]],
    ["many rows: several tasks", [530, 33, 13]],
    ["many columns: several tasks", [6, 40, 531]],
    ["one row", [1, 300, 200]],
    ["one column", [200, 300, 1]],
    ["a task of several rows and columns", [130, 70, 90]],
  ] as const)("of %s", (_, sizes) => {
    for (const turned of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const)
      check([[], []], sizes, turned);
  });

  test.each([
    [[7], [7]],
    [[7], []],
    [[], [7]],
    [[7], [1]],
    [
      [2, 1, 3],
      [2, 1],
    ],
  ] as const)("of batches %j x %j with several tasks", (a, b) => {
    for (const turned of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const)
      check([a, b], [65, 20, 19], turned);
  });

  test("and are computed by the machine", () => {
    expect(
      commandsOf(
        "BatchMatMul",
        [
          [2, 3, 4],
          [4, 5],
        ],
        { transposeA: false, transposeB: false },
      ),
    ).toContain("gemm");
  });

  test("of vectors longer than a thread's scratch, which touch nothing else", async () => {
    const backend = makeBackend(await makeMachine(1));
    const k = 300_000;
    const made = (shape: readonly number[], value: number): TensorInfo => {
      const info = backend.make(shape, "float32");
      backend.machine.floats().fill(value, info.address / 4, info.address / 4 + sizeOf(shape));
      return info;
    };
    for (const transposeA of [false, true]) {
      const around = Array.from({ length: 1500 }, () => made([1000], 7));
      const [a, b] = [made(transposeA ? [k, 1] : [1, k], 1), made([k, 1], 1)];
      const attrs = { transposeA, transposeB: false };
      const [product] = execute(backend, lower("BatchMatMul", [a, b] as never, attrs)!, [a, b]);
      expect([...backend.readSync(product!.dataId)]).toEqual([k]);
      const intact = around.filter(({ dataId }) => (backend.readSync(dataId) as Float32Array).every((v) => v === 7));
      expect(intact.length).toBe(1500);
    }
  });
});
