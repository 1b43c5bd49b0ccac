import { ops } from "@nonmarkov/autodiff";
import { bits, foldIn } from "@nonmarkov/random";
import type { Probe } from "./probe.ts";

/**
 * Random signs [rows, ...dims], row i drawn from foldIn(key, firstIndex + i). Of all probes they have the least variance: that of
 * a diagonal derivative is 0. The caller owns the result.
 */
export const rademacherTensor: Probe = (key, shape, firstIndex) => {
  const [rows = 1, ...dims] = shape;
  const size = dims.reduce((a, b) => a * b, 1);
  const signs = new Float32Array(rows * size);
  for (let row = 0; row < rows; row++)
    bits(foldIn(key, firstIndex + row), size).forEach(
      (word, i) => (signs[row * size + i] = word >>> 31 === 0 ? 1 : -1),
    );
  return ops.tensor(signs, [...shape], "float32");
};
