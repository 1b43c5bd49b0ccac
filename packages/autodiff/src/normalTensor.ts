import { type Key, fillNormal, foldIn } from "@nonmarkov/random";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";
import { ownKernel } from "./ownKernel.ts";

/**
 * Standard normal noise [rows, ...dims] whose row i is drawn from foldIn(key, firstIndex + i): the same row comes out
 * whatever the batch it is in. The caller owns the result.
 * @throws RangeError if the shape has no rows axis
 */
export const normalTensor = (key: Key, shape: readonly number[], firstIndex = 0): Tensor => {
  const [rows, ...dims] = shape;
  if (rows === undefined) throw new RangeError("normalTensor: the shape must begin with the number of rows, got []");
  const size = dims.reduce((a, b) => a * b, 1);
  const keys = Array.from({ length: rows }, (_, i) => foldIn(key, firstIndex + i));
  const [made] = (size > 0 && ownKernel("Noise", {}, { shape: [...shape], keys: keys.flat() })) || [];
  if (made !== undefined) return made;
  const values = new Float32Array(rows * size);
  keys.forEach((row, i) => fillNormal(row, values, i * size, size));
  return tensor(values, [...shape], "float32");
};
