import type { Tensor } from "@nonmarkov/autodiff";
import type { Labels } from "./labels.ts";

/** Checks a size or count of a configuration. */
export const checkInteger = (where: string, name: string, value: number, least: number): void => {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new RangeError(`${where}: ${name} must be an integer >= ${least}, got ${value}`);
};

/** Checks what a network is applied to: x [batch, ...dims], t [batch] or [1], and labels exactly where it takes some. */
export const checkInputs = (
  where: string,
  dims: readonly number[],
  wanted: Labels,
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
  checkLabels(where, wanted, batch!, labels);
};

const checkLabels = (where: string, wanted: Labels, batch: number, labels: Tensor | undefined): void => {
  if (wanted.kind === "none") {
    if (labels !== undefined) throw new RangeError(`${where}: this network has no classes; leave the labels out`);
    return;
  }
  const dtype = wanted.kind === "class" ? "int32" : "float32";
  const shape = wanted.kind === "vector" ? [batch, wanted.width] : [batch];
  if (labels === undefined)
    throw new RangeError(
      wanted.kind === "class"
        ? `${where}: this network has ${wanted.classes} classes; give labels, int32 [${batch}], -1 for no class`
        : `${where}: this network takes labels, ${dtype} [${shape.join(", ")}]; give them`,
    );
  if (labels.dtype !== dtype || labels.shape.join() !== shape.join())
    throw new RangeError(
      `${where}: labels must be ${dtype} [${shape.join(", ")}], got ${labels.dtype} [${labels.shape.join(", ")}]`,
    );
};
