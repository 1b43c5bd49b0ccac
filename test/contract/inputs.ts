import { ops, type Tensor } from "@nonmarkov/autodiff";
import { foldIn, key, normal, permutation, uniform } from "@nonmarkov/random";

/** Numbers are made on the host: they are the same on every backend. */
const made = (shape: readonly number[], values: ArrayLike<number>): Tensor =>
  ops.tensor(Float32Array.from(values), [...shape], "float32");

const seeded = (seed: number) => foldIn(key(2024), seed);

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** Standard normal numbers. */
export const normals = (shape: readonly number[], seed = 0): Tensor => made(shape, normal(seeded(seed), sizeOf(shape)));

/** Numbers in 0.4..1.4. */
export const positives = (shape: readonly number[], seed = 0): Tensor =>
  made(shape, uniform(seeded(seed), sizeOf(shape), { min: 0.4, max: 1.4 }));

/** Numbers in -3..3 that differ from each other and from 0. */
export const apart = (shape: readonly number[], seed = 0): Tensor => {
  const size = sizeOf(shape);
  return made(
    shape,
    Array.from(permutation(seeded(seed), size), (i) => (6.1 * (i - size / 2 + 0.25)) / size),
  );
};

/** These numbers again and again. */
export const repeated = (
  shape: readonly number[],
  values: readonly number[],
  dtype: "float32" | "int32" | "bool" = "float32",
): Tensor => {
  const all = Array.from({ length: sizeOf(shape) }, (_, i) => values[i % values.length]!);
  return ops.tensor(dtype === "float32" ? Float32Array.from(all) : Int32Array.from(all), [...shape], dtype);
};

/** Whole numbers in 0..below - 1. */
export const integers = (shape: readonly number[], below: number, seed = 0): Tensor =>
  ops.tensor(
    Int32Array.from(uniform(seeded(seed), sizeOf(shape)), (u) => Math.floor(below * u)),
    [...shape],
    "int32",
  );

/** Truth values. */
export const bools = (shape: readonly number[], seed = 0): Tensor =>
  ops.tensor(
    Uint8Array.from(uniform(seeded(seed), sizeOf(shape)), (u) => (u < 0.5 ? 0 : 1)),
    [...shape],
    "bool",
  );
