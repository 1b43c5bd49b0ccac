import { ops, own, type Tensor, type Tree } from "@nonmarkov/autodiff";
import { fail } from "./fail.ts";
import type { NetOptions, Shown } from "./loss.ts";

/** The network's log-probabilities of the clean classes, float32 [batch, dims, K], owned by the caller. */
export const logPrediction = <P extends Tree>(
  where: string,
  { net, classes }: NetOptions<P>,
  params: P,
  { xt, t, labels }: Shown,
): Tensor =>
  own(() => {
    const logits = net.apply(params, xt, t, labels);
    if (logits.shape.join() !== xt.shape.join())
      fail(
        where,
        `the network's output must have its input's shape [${xt.shape.join()}]`,
        `[${logits.shape.join()}]`,
        "it answers with one logit per class",
      );
    const batch = xt.shape[0]!;
    return ops.logSoftmax(ops.reshape(logits, [batch, xt.size / batch / classes, classes]));
  });
