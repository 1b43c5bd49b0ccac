import { ops } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => {
  await start({ backend: "wasm" });
});

/** A shape and a part of it. */
const parts = fc
  .array(
    fc
      .tuple(fc.integer({ min: 1, max: 6 }), fc.nat(5), fc.nat(6))
      .map(([n, begin, size]) => ({ n, begin: begin % n, size: Math.min(size, n - (begin % n)) })),
    { minLength: 1, maxLength: 5 },
  )
  .chain((axes) => fc.constantFrom(1, 40).map((last) => axes.concat({ n: last, begin: 0, size: last })));

test("a slice on wasm is the numbers at the shifted indices, of every rank, also where runs are long", () =>
  fc.assert(
    fc.property(parts, fc.constantFrom("float32" as const, "int32" as const), (axes, dtype) => {
      const shape = axes.map(({ n }) => n);
      const size = axes.map((axis) => axis.size);
      const count = shape.reduce((a, b) => a * b, 1);
      const x = ops.tensor(
        Array.from({ length: count }, (_, i) => i),
        shape,
        dtype,
      );
      const cut = ops.slice(
        x,
        axes.map(({ begin }) => begin),
        size,
      );
      const wanted = axes.reduce<number[]>(
        (indices, { n, begin, size }) =>
          indices.flatMap((i) => Array.from({ length: size }, (_, j) => i * n + begin + j)),
        [0],
      );
      expect(cut.shape).toEqual(size);
      expect([...cut.dataSync()]).toEqual(wanted);
      x.dispose();
      cut.dispose();
    }),
  ));
