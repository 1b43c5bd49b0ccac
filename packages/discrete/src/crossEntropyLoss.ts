import { ops, own, type Tensor, type Tree } from "@nonmarkov/autodiff";
import type { Schedule } from "@nonmarkov/schedule";
import type { DiscreteLoss, NetOptions, Shown } from "./loss.ts";
import { logPrediction } from "./logPrediction.ts";
import { noisedBatch } from "./noisedBatch.ts";
import { oneHot } from "./oneHot.ts";
import { dimsOfShape } from "./rowShape.ts";

/** What {@link crossEntropyLoss} makes of a batch. */
export type CrossEntropyExamples = Shown & {
  /** One-hot x_0, float32 [batch, dims, K]. */
  readonly x0: Tensor;
};

/**
 * The simple loss: t uniform on 1..T, x_t ~ q(x_t|x_0), and
 *
 *     mean over rows and coordinates of  -log f(x_0 | x_t, t)
 *
 * where f is the softmax of the network's logits. Its minimum, p(x_0|x_t), is that of every `klLoss` too.
 * @throws RangeError if the shape does not hold whole coordinates; in `prepare`, if the batch does not fit the shape or labels
 * are missing; in `evaluate`, if the network's output has another shape than its input
 */
export const crossEntropyLoss = <P extends Tree>({
  schedule,
  ...options
}: NetOptions<P> & {
  /** The noise schedule. */
  readonly schedule: Schedule;
}): DiscreteLoss<P, CrossEntropyExamples> => {
  const where = "crossEntropyLoss";
  const { shape, classes, conditional = false } = options;
  const dims = dimsOfShape(where, shape, classes);
  const alphaBars = schedule.alphaBar.slice(1);
  return {
    prepare: (batch, key) => {
      const { level, xt } = noisedBatch(where, batch, { dims, classes, alphaBars, conditional, key });
      const { x, size, labels } = batch;
      return own(() => ({
        xt: ops.tensor(oneHot(xt, classes), [size, ...shape]),
        t: ops.tensor(
          Float32Array.from(level, (l) => l + 1),
          [size],
        ),
        x0: ops.tensor(oneHot(x, classes), [size, dims, classes]),
        ...(conditional ? { labels: ops.tensor(labels!, [size], "int32") } : {}),
      }));
    },
    evaluate: (params, { x0, ...shown }) =>
      own(() => {
        const log = logPrediction(where, options, params, shown);
        return ops.mul(ops.sum(ops.mul(x0, log)), -1 / (x0.size / classes));
      }),
  };
};
