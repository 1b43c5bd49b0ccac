import type { Batch } from "./diffusionLoss.ts";

/** @throws RangeError unless the batch has rows, whole ones of `shape` */
export const checkBatch = (where: string, { x, size }: Batch, shape: readonly number[]): void => {
  const width = shape.reduce((product, n) => product * n, 1);
  if (!(size > 0) || x.length !== size * width)
    throw new RangeError(
      `${where}: a batch of ${size} rows of shape [${shape.join()}] must have ${size * width} numbers ` +
        `and at least one row, got ${x.length} numbers`,
    );
};
