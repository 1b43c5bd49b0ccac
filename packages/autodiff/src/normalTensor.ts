import { type Key, fillNormal, foldIn } from "@nonmarkov/random";
import { type Tensor, tensor } from "@tensorflow/tfjs-core";

/**
 * Standard normal noise [rows, ...dims] whose row i is drawn from foldIn(key, firstIndex + i): the same row comes out
 * whatever the batch it is in. The caller owns the result.
 * @throws RangeError if the shape has no rows axis
 */
export const normalTensor = (key: Key, shape: readonly number[], firstIndex = 0): Tensor => {
  const [rows, ...dims] = shape;
  if (rows === undefined) throw new RangeError("normalTensor: the shape must begin with the number of rows, got []");
  const size = dims.reduce((a, b) => a * b, 1);
  const values = new Float32Array(rows * size);
  for (let i = 0; i < rows; i++) fillNormal(foldIn(key, firstIndex + i), values, i * size, size);
  return tensor(values, [...shape], "float32");
};
