import { fail } from "./fail.ts";

/** Categorical data: one class, an integer in 0..K-1, per coordinate; rows of coordinates one after the other. */
export type Classes = Uint8Array | Int32Array;

/** @throws RangeError unless there are at least two classes */
export const checkClassCount = (where: string, classes: number): void => {
  if (!Number.isInteger(classes) || classes < 2)
    fail(where, "classes must be an integer of at least 2", classes, "one class alone carries no information");
};

/** @throws RangeError unless every entry is one of the classes */
export const checkClasses = (where: string, name: string, x: Classes, classes: number): void => {
  for (let i = 0; i < x.length; i++)
    if (!(x[i]! >= 0 && x[i]! < classes))
      fail(where, `${name}[${i}] must be a class in 0..${classes - 1}`, x[i], "raise classes or map the data to them");
};

/**
 * How many coordinates a row has.
 * @throws RangeError unless x is so many equal rows, at least one of at least one coordinate
 */
export const dimsOf = (where: string, name: string, x: ArrayLike<number>, rows: number): number => {
  const dims = x.length / rows;
  if (!Number.isInteger(rows) || !Number.isInteger(dims) || dims < 1)
    fail(where, `${name} must be ${rows} equal rows`, `${x.length} entries`, "say how many rows it holds");
  return dims;
};
