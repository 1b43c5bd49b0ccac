import { foldIn, integers, type Key } from "@nonmarkov/random";
import { checkClassCount } from "./classes.ts";

/**
 * Uniform classes, what sampling starts from: row i is drawn from foldIn(key, firstIndex + i).
 * @param options rows, dims coordinates per row, classes K, firstIndex the first row's index, default 0
 * @returns rows·dims classes
 * @throws RangeError if classes is not an integer of at least 2, or rows or dims are not counts
 */
export const drawUniform = (
  key: Key,
  {
    rows,
    dims,
    classes,
    firstIndex = 0,
  }: { readonly rows: number; readonly dims: number; readonly classes: number; readonly firstIndex?: number },
): Int32Array => {
  checkClassCount("drawUniform", classes);
  const x = new Int32Array(rows * dims);
  for (let row = 0; row < rows; row++) x.set(integers(foldIn(key, firstIndex + row), dims, 0, classes), row * dims);
  return x;
};
