import type { Tensor } from "@nonmarkov/autodiff";

/** Checks a size or count of a configuration. */
export const checkInteger = (where: string, name: string, value: number, least: number): void => {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new RangeError(`${where}: ${name} must be an integer >= ${least}, got ${value}`);
};

/** Checks what a network is applied to: x [batch, ...dims], t [batch] or [1], and labels [batch] exactly where there are classes. */
export const checkInputs = (
  where: string,
  dims: readonly number[],
  classes: number,
  x: Tensor,
  t: Tensor,
  labels: Tensor | undefined,
): void => {
  const batch = x.shape[0];
  if (x.rank !== dims.length + 1 || dims.some((n, i) => n !== x.shape[i + 1]))
    throw new RangeError(`${where}: x must have the shape [batch, ${dims.join(", ")}], got [${x.shape.join(", ")}]`);
  if (t.rank !== 1 || (t.shape[0] !== batch && t.shape[0] !== 1) || t.dtype !== "float32")
    throw new RangeError(
      `${where}: t must be float32 [${batch}], or [1] for all rows, got ${t.dtype} [${t.shape.join(", ")}]`,
    );
  if (labels === undefined) {
    if (classes > 0)
      throw new RangeError(
        `${where}: this network has ${classes} classes; give labels, int32 [${batch}], -1 for no class`,
      );
    return;
  }
  if (classes === 0) throw new RangeError(`${where}: this network has no classes; leave the labels out`);
  if (labels.rank !== 1 || labels.shape[0] !== batch || labels.dtype !== "int32")
    throw new RangeError(`${where}: labels must be int32 [${batch}], got ${labels.dtype} [${labels.shape.join(", ")}]`);
};
