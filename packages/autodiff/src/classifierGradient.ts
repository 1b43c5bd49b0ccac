import { type Tensor, mul, oneHot, sum } from "@tensorflow/tfjs-core";
import { grad } from "./grad.ts";
import { logSoftmax } from "./logSoftmax.ts";
import { own } from "./own.ts";

/**
 * The gradient by x of log p(label | x) of a classifier of noisy data, for each row: what classifier guidance adds to the
 * score. What it returns borrows x; the caller owns the result.
 * @param logits the classifier, [batch, ...dims] at index t to [batch, classes]; borrows x, is differentiated, and must be
 * synchronous
 * @param labels int32 [batch], the wanted class of each row; -1 wants none, and its gradient is 0; borrowed as long as the
 * result is used
 * @throws RangeError, when called, if the logits are not [batch, classes] with one row per label
 */
export const classifierGradient =
  (logits: (x: Tensor, t: number) => Tensor, labels: Tensor): ((x: Tensor, t: number) => Tensor) =>
  (x, t) =>
    grad((at: Tensor) =>
      own(() => {
        const made = logits(at, t);
        const [rows, classes] = made.shape;
        if (made.rank !== 2 || labels.rank !== 1 || rows !== labels.shape[0])
          throw new RangeError(
            `classifierGradient: logits must be [batch, classes] and labels [batch], got [${made.shape.join()}] and [${labels.shape.join()}]`,
          );
        return sum(mul(logSoftmax(made), oneHot(labels, classes!)));
      }),
    )(x);
