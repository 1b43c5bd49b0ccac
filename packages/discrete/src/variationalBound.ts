import { foldIn, type Key } from "@nonmarkov/random";
import { checkClassCount, type Classes, dimsOf } from "./classes.ts";
import { checkPrediction } from "./checkPrediction.ts";
import { checkTable } from "./checkTable.ts";
import type { Denoiser } from "./denoiser.ts";
import { drawMarginal } from "./drawMarginal.ts";
import { posteriorKl } from "./posteriorKl.ts";
import { priorKl } from "./priorKl.ts";
import type { Table } from "./table.ts";

/** The bound on -log2 p(x_0) in bits per coordinate, term by term. */
export type Bound = {
  /** KL( q(x_T|x_0) || uniform ). */
  readonly prior: number;
  /** One per row of the table: KL( q(x_s|x_t,x_0) || p(x_s|x_t) ); the last, to clean data, is -log2 p(x_0|x_t). */
  readonly terms: readonly number[];
  /** The sum of all: an upper bound of the bits per coordinate that the data cost. */
  readonly total: number;
};

/**
 * The variational bound of a table and a denoiser on some data: the mean over rows and coordinates of each term, with one
 * x_t drawn per row of data and row of the table. Its expectation does not depend on the key.
 * @param x0 the data, row after row; borrowed
 * @param options table whose first row starts at T; denoiser; rows of x0, default 1; classes K; key
 * @throws RangeError if x0 is not so many equal rows of classes, the table has bad weights or the prediction is not one
 */
export const variationalBound = async (
  x0: Classes,
  {
    table,
    denoiser,
    rows = 1,
    classes,
    key,
  }: {
    readonly table: Table;
    readonly denoiser: Denoiser;
    readonly rows?: number;
    readonly classes: number;
    readonly key: Key;
  },
): Promise<Bound> => {
  const where = "variationalBound";
  checkClassCount(where, classes);
  checkTable(where, table);
  dimsOf(where, "x0", x0, rows);
  const perBit = Math.LN2 * x0.length;
  const terms: number[] = [];
  for (const [step, row] of table.rows.entries()) {
    const alphaBars = Array.from({ length: rows }, () => row.alphaBarT);
    const xt = drawMarginal(x0, { alphaBars, classes, key: foldIn(key, step) });
    const prediction = await denoiser(xt, row.t);
    checkPrediction(where, prediction, x0.length, classes);
    const kl = posteriorKl(row, classes);
    let sum = 0;
    for (let i = 0; i < x0.length; i++) sum += kl(xt[i]!, x0[i]!, prediction, i * classes);
    terms.push(sum / perBit);
  }
  const prior = priorKl(table.rows[0]!.alphaBarT, classes) / Math.LN2;
  return { prior, terms, total: terms.reduce((sum, term) => sum + term, prior) };
};
