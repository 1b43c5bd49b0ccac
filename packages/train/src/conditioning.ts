import type { Key } from "@nonmarkov/random";
import type { Batch } from "./diffusionLoss.ts";
import { dropLabels } from "./dropLabels.ts";

/** How a loss treats the classes of a batch. */
export type Conditioning = {
  /** Whether the network is given the batch's labels, default false. */
  readonly conditional?: boolean;
  /** How often a row's label becomes -1, "no class", see `dropLabels`; default 0, never. Of a conditional loss only. */
  readonly labelDropout?: number;
};

/** @throws RangeError if labels are to be dropped that the network is not given, or not with a probability */
export const checkConditioning = (where: string, { conditional = false, labelDropout = 0 }: Conditioning): void => {
  if (!(labelDropout >= 0 && labelDropout < 1))
    throw new RangeError(`${where}: labelDropout must be in [0, 1), got ${labelDropout}`);
  if (labelDropout > 0 && !conditional)
    throw new RangeError(`${where}: labelDropout is for a conditional loss; set conditional, or leave it out`);
};

/**
 * The classes that the network is told; undefined where it is told none.
 * @param key used only where labels are dropped
 * @throws RangeError if a conditional loss is given no labels
 */
export const classesOf = (
  where: string,
  { labels, size }: Batch,
  { conditional = false, labelDropout = 0 }: Conditioning,
  key: Key,
): Int32Array | undefined => {
  if (!conditional) return undefined;
  if (labels?.length !== size)
    throw new RangeError(`${where}: a conditional loss needs ${size} labels, got ${labels?.length ?? 0}`);
  return labelDropout === 0 ? labels : dropLabels(key, labels, labelDropout);
};
