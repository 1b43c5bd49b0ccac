import { foldIn, integers, type Key, split } from "@nonmarkov/random";
import { checkClasses } from "./classes.ts";
import { drawMarginal } from "./drawMarginal.ts";
import { fail } from "./fail.ts";
import type { DiscreteBatch } from "./loss.ts";

/** A batch with a noise level drawn for each row. */
export type NoisedBatch = {
  /** Which of the levels, one per row. */
  readonly level: Int32Array;
  /** The classes at these levels. */
  readonly xt: Int32Array;
};

/**
 * Draws for each row one of the levels, all equally likely, and x_t at it.
 * @throws RangeError if the batch is not `size` rows of `dims` classes, or labels are wanted and missing
 */
export const noisedBatch = (
  where: string,
  { x, size, labels }: DiscreteBatch,
  {
    dims,
    classes,
    alphaBars,
    conditional,
    key,
  }: {
    readonly dims: number;
    readonly classes: number;
    readonly alphaBars: readonly number[];
    readonly conditional: boolean;
    readonly key: Key;
  },
): NoisedBatch => {
  if (!(size > 0) || x.length !== size * dims)
    fail(
      where,
      `a batch must have at least one row, and for ${size} of them ${size * dims} classes`,
      x.length,
      "check size and the shape",
    );
  checkClasses(where, "x", x, classes);
  if (conditional && labels?.length !== size)
    fail(where, `a conditional loss needs ${size} labels`, labels?.length ?? 0, "add labels to the batch");
  const [levelKey, classKey] = split(key, 2) as [Key, Key];
  const level = Int32Array.from({ length: size }, (_, i) => integers(foldIn(levelKey, i), 1, 0, alphaBars.length)[0]!);
  const xt = drawMarginal(x, { alphaBars: Array.from(level, (l) => alphaBars[l]!), classes, key: classKey });
  return { level, xt };
};
