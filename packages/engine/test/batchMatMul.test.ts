import { normalTensor, ops, treeDispose } from "@nonmarkov/autodiff";
import { start } from "@nonmarkov/engine";
import { key } from "@nonmarkov/random";
import { memory } from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";

beforeAll(async () => {
  await start({ backend: "wasm" });
});

const shapes: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[], []],
  [[5], [5]],
  [[5], [1]],
  [[1], [5]],
  [
    [2, 3],
    [2, 3],
  ],
  [
    [2, 1],
    [1, 3],
  ],
];

test.each(shapes.flatMap(([outerA, outerB]) => [3, 40].map((size) => ({ outerA, outerB, size }))))(
  "products of matrices $outerA x $outerB of size $size are sums of products, transposed or not",
  ({ outerA, outerB, size }) => {
    const before = memory().numTensors;
    const [rows, inner, columns] = [size, size + 1, size + 2];
    for (const ta of [false, true])
      for (const tb of [false, true]) {
        const a = normalTensor(key(1), [...outerA, ...(ta ? [inner, rows] : [rows, inner])]);
        const b = normalTensor(key(2), [...outerB, ...(tb ? [columns, inner] : [inner, columns])]);
        const c = ops.matMul(a, b, ta, tb);
        const [x, y, z] = [a.dataSync(), b.dataSync(), c.dataSync()];
        const outer = c.shape.slice(0, -2);
        expect(c.shape.slice(-2)).toEqual([rows, columns]);
        const place = (at: number, shape: readonly number[]): number => {
          let rest = at;
          let index = 0;
          let stride = 1;
          for (let k = outer.length - 1; k >= 0; k--) {
            index += shape[k] === 1 ? 0 : (rest % outer[k]!) * stride;
            stride *= shape[k]!;
            rest = Math.floor(rest / outer[k]!);
          }
          return index;
        };
        const entry = (matrix: number, i: number, j: number): number => {
          const [p, q] = [place(matrix, outerA) * rows * inner, place(matrix, outerB) * inner * columns];
          let sum = 0;
          for (let k = 0; k < inner; k++)
            sum += x[p + (ta ? k * rows + i : i * inner + k)]! * y[q + (tb ? j * inner + k : k * columns + j)]!;
          return sum;
        };
        z.forEach((got, at) => {
          const want = entry(
            Math.floor(at / (rows * columns)),
            Math.floor((at % (rows * columns)) / columns),
            at % columns,
          );
          if (Math.abs(got - want) > 1e-4) expect(got, `entry ${at}`).toBeCloseTo(want, 4);
        });
        treeDispose([a, b, c]);
      }
    expect(memory().numTensors).toBe(before);
  },
);
