import type { Row } from "./table.ts";

/**
 * Changes the predicted clean data before a move uses it: clipping, thresholding, a projection. Borrows x0; the
 * caller owns the result. The predicted noise stays as it was; to derive it anew from the changed x0 see `asX0`.
 */
export type MapX0<V> = (x0: V, row: Row) => V | Promise<V>;
