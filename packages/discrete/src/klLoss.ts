import { ops, own, type Tensor, type Tree } from "@nonmarkov/autodiff";
import { checkTable } from "./checkTable.ts";
import type { DiscreteLoss, NetOptions, Shown } from "./loss.ts";
import { logPrediction } from "./logPrediction.ts";
import { logReverse, logWeights } from "./logReverse.ts";
import { noisedBatch } from "./noisedBatch.ts";
import { oneHot } from "./oneHot.ts";
import { posterior } from "./posterior.ts";
import { dimsOfShape } from "./rowShape.ts";
import type { Table } from "./table.ts";

/** What {@link klLoss} makes of a batch. */
export type KlExamples = Shown & {
  /** q(x_s|x_t,x_0), float32 [batch, dims, K]. */
  readonly q: Tensor;
  /** Its logarithm, 0 where q is 0. */
  readonly logQ: Tensor;
  /** The logarithms of the weights in p(x_s|x_t) of the class x_t, float32 [batch, 1, 1, 3]. */
  readonly here: Tensor;
  /** Those of the other classes. */
  readonly elsewhere: Tensor;
};

/**
 * The bound of a table: one of its moves t → s is drawn for each row, all equally likely, x_t ~ q(x_t|x_0), and the loss is
 *
 *     mean over rows and coordinates of  KL( q(x_s | x_t, x_0) || p(x_s | x_t) )
 *
 * where p is q with the softmax of the network's logits in place of x_0; in the move to clean data it is -log f(x_0|x_1). Times
 * the number of moves it is the bound in nats per coordinate, but for the prior's term. To train a network for all of them,
 * plan every t: `implicit()(schedule, everyT(schedule))`.
 * @throws RangeError if the table's weights are none or the shape does not hold whole coordinates; in `prepare`, if the batch
 * does not fit the shape or labels are missing; in `evaluate`, if the network's output has another shape than its input
 */
export const klLoss = <P extends Tree>({
  table,
  ...options
}: NetOptions<P> & {
  /** The moves whose bound it is. */
  readonly table: Table;
}): DiscreteLoss<P, KlExamples> => {
  const where = "klLoss";
  const { shape, classes, conditional = false } = options;
  const dims = dimsOfShape(where, shape, classes);
  checkTable(where, table);
  const { rows } = table;
  const alphaBars = rows.map((row) => row.alphaBarT);
  const weights = rows.map((row) => logWeights(row, classes));
  const posteriors = rows.map((row) => posterior(row, classes));
  return {
    prepare: (batch, key) => {
      const { level, xt } = noisedBatch(where, batch, { dims, classes, alphaBars, conditional, key });
      const { x, size, labels } = batch;
      const q = new Float32Array(x.length * classes);
      const logQ = new Float32Array(q.length);
      for (let i = 0; i < x.length; i++) {
        const of = posteriors[level[Math.floor(i / dims)]!]!;
        for (let k = 0; k < classes; k++) {
          const p = of(k, xt[i]!, x[i]!);
          q[i * classes + k] = p;
          logQ[i * classes + k] = p > 0 ? Math.log(p) : 0;
        }
      }
      const perRow = (numbers: (l: number) => number[]): Tensor =>
        ops.tensor(Array.from(level, numbers).flat(), [size, 1, 1, 3], "float32");
      return own(() => ({
        xt: ops.tensor(oneHot(xt, classes), [size, ...shape]),
        t: ops.tensor(
          Float32Array.from(level, (l) => rows[l]!.t),
          [size],
        ),
        q: ops.tensor(q, [size, dims, classes]),
        logQ: ops.tensor(logQ, [size, dims, classes]),
        here: perRow((l) => weights[l]!.here),
        elsewhere: perRow((l) => weights[l]!.elsewhere),
        ...(conditional ? { labels: ops.tensor(labels!, [size], "int32") } : {}),
      }));
    },
    evaluate: (params, { q, logQ, here, elsewhere, ...shown }) =>
      own(() => {
        const logX0 = logPrediction(where, options, params, shown);
        const logP = logReverse(logX0, ops.reshape(shown.xt, logX0.shape), here, elsewhere);
        const coordinates = logX0.size / classes;
        return ops.mul(ops.sum(ops.mul(q, ops.sub(logQ, logP))), 1 / coordinates);
      }),
  };
};
