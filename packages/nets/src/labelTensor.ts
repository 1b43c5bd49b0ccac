import { ops, type Tensor } from "@nonmarkov/autodiff";

/**
 * Checks class labels and makes the int32 tensor [batch] that networks take; the caller owns it.
 * @param labels one per row, in 0..classes-1, or -1 for "no class"
 * @throws RangeError naming the first label that is not
 */
export const labelTensor = (labels: ArrayLike<number>, classes: number): Tensor => {
  const values = Int32Array.from(labels);
  const wrong = values.findIndex((label, i) => label !== labels[i] || label < -1 || label >= classes);
  if (wrong >= 0)
    throw new RangeError(
      `labelTensor: labels must be integers in 0..${classes - 1}, or -1 for no class, got ${labels[wrong]} in row ${wrong}`,
    );
  return ops.tensor(values, [values.length], "int32");
};
