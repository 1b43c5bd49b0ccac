import { ops, type Tensor } from "@nonmarkov/autodiff";
import { OutOfMemoryError, start } from "@nonmarkov/engine";
import { denoiserOf, type Net } from "@nonmarkov/nets";
import { memory } from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, expect, test, vi } from "vitest";

beforeAll(() => start({ backend: "cpu" }));
afterEach(() => void vi.restoreAllMocks());

/** x times its label (or 1) plus t, where there is memory for `most` rows. */
const limited = (most: number, seen: number[]): Net<Tensor> =>
  ({
    apply: (scale: Tensor, x: Tensor, t: Tensor, labels?: Tensor): Tensor => {
      const rows = x.shape[0]!;
      if (rows > most) throw new OutOfMemoryError(`${rows} rows`, rows, 0);
      seen.push(rows);
      const factor = labels === undefined ? scale : ops.reshape(ops.cast(labels, "float32"), [-1, 1]);
      return ops.add(ops.mul(x, factor), t);
    },
  }) as unknown as Net<Tensor>;

test("rows for which there is no memory are evaluated in parts, each with its labels; it is warned of once", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const before = memory().numTensors;
  const seen: number[] = [];
  const [scale, labels] = [ops.scalar(1), ops.tensor1d([1, 2, 3, 4, 5, 6, 7], "int32")];
  const denoiser = denoiserOf(limited(4, seen), scale, labels);
  const x = ops.tensor(Array.from({ length: 14 }, (_, i) => i), [7, 2]); // prettier-ignore
  for (const t of [10, 20]) {
    const y = denoiser(x, t);
    expect([...y.dataSync()]).toEqual(Array.from({ length: 14 }, (_, i) => i * (1 + Math.floor(i / 2)) + t));
    expect(y.shape).toEqual([7, 2]);
    y.dispose();
  }
  expect(seen).toEqual([4, 3, 4, 3]);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(String(warn.mock.calls[0]![0])).toMatch(/7 rows.*4 rows at a time in place of 7/);
  for (const tensor of [scale, labels, x]) tensor.dispose();
  expect(memory().numTensors).toBe(before);
});

test("the error passes through where one row is too many", () => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const before = memory().numTensors;
  const scale = ops.scalar(1);
  const x = ops.ones([3, 2]);
  expect(() => denoiserOf(limited(0, []), scale)(x, 1)).toThrow(OutOfMemoryError);
  scale.dispose();
  x.dispose();
  expect(memory().numTensors).toBe(before);
});
