import { checkClassCount } from "./classes.ts";
import { fail } from "./fail.ts";

/**
 * How many coordinates the network's rows stand for, a row being one-hot with the K entries of a coordinate side by side:
 * [dims·K], or [height, width, channels·K].
 * @throws RangeError if there are fewer than two classes, or the last axis does not hold whole coordinates
 */
export const dimsOfShape = (where: string, shape: readonly number[], classes: number): number => {
  checkClassCount(where, classes);
  const last = shape.at(-1) ?? 0;
  if (!(last > 0) || last % classes !== 0)
    fail(
      where,
      `the last axis of the shape must be a multiple of ${classes} classes`,
      `[${shape.join()}]`,
      "see oneHot",
    );
  return shape.reduce((product, n) => product * n, 1) / classes;
};
