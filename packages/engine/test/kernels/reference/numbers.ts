import { key, normal } from "@nonmarkov/random";

/** Numbers in row-major order, and their shape. */
export type Numbers<A = Float32Array> = {
  readonly shape: readonly number[];
  readonly data: A;
};

/** The same of any precision. */
export type AnyNumbers = Numbers<ArrayLike<number>>;

/** How many numbers a shape holds. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Normal numbers, the same for the same seed. */
export const drawn = (
  shape: readonly number[],
  seed: number,
  { mean = 0, deviation = 1 }: { readonly mean?: number; readonly deviation?: number } = {},
): Numbers => ({
  shape,
  data: Float32Array.from(normal(key(seed), sizeOf(shape)), (z) => mean + deviation * z),
});

/** Half the distance from 1 to the next float32: the relative error of one rounding. */
export const unit = 2 ** -24;

/** Row-major strides. */
export const stridesOf = (shape: readonly number[]): readonly number[] =>
  shape.map((_, i) => sizeOf(shape.slice(i + 1)));

/** Calls f with every index of a shape, in row-major order. */
export const eachIndex = (shape: readonly number[], f: (index: readonly number[], at: number) => void): void => {
  const index = shape.map(() => 0);
  for (let at = 0, size = sizeOf(shape); at < size; at++) {
    f(index, at);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
};

/** Numbers of the shape at which an index of the result is found by `from`, undefined for a number `rest`. */
export const gathered = (
  x: Numbers,
  shape: readonly number[],
  from: (index: readonly number[]) => readonly number[] | undefined,
  rest = 0,
): Numbers => {
  const strides = stridesOf(x.shape);
  const data = new Float32Array(sizeOf(shape));
  eachIndex(shape, (index, at) => {
    const source = from(index);
    data[at] = source === undefined ? rest : x.data[source.reduce((sum, i, axis) => sum + i * strides[axis]!, 0)]!;
  });
  return { shape, data };
};
