import type { MapX0 } from "./mapX0.ts";
import type { Known } from "./replaceKnown.ts";

/**
 * Inpainting by the prediction: the known part of the predicted clean data is replaced in every row, without any noise. Where
 * the last move goes to the predicted x0 the sample holds the known data exactly.
 */
export const replaceKnownX0 =
  <V>({ known, blend }: Known<V>): MapX0<V> =>
  (x0) =>
    blend(known, x0);
