import type { Row } from "./table.ts";

/** The probability of a class at the move's end, given that at its start and the clean class. */
export type Posterior = (xs: number, xt: number, x0: number) => number;

/** q(x_s | x_t, x_0) of a row. */
export const posterior =
  ({ ofXt, ofX0, uniform, uniformAtX0 }: Row, classes: number): Posterior =>
  (xs, xt, x0) =>
    xt === x0
      ? (xs === x0 ? 1 - uniformAtX0 : 0) + uniformAtX0 / classes
      : (xs === xt ? ofXt : 0) + (xs === x0 ? ofX0 : 0) + uniform / classes;
