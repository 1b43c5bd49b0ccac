import { ops, own, type Tensor } from "@nonmarkov/autodiff";
import type { Denoiser } from "./denoiser.ts";
import { fail } from "./fail.ts";
import { fromLogits } from "./fromLogits.ts";
import { oneHot } from "./oneHot.ts";
import { dimsOfShape } from "./rowShape.ts";

/**
 * A network as a denoiser: it is shown one-hot rows and answers with logits of the same shape.
 * @param network evaluates one-hot x [rows, ...shape] at index t; borrows x, and its result is freed here. nets'
 * `denoiserOf(net, params)` is one
 * @param options shape of one row, the K entries of a coordinate side by side: [dims·K], or [height, width, channels·K];
 * classes K
 * @throws RangeError if the shape does not hold whole coordinates; when called, if x are not whole rows or the network's
 * output has another shape than its input
 */
export const tensorDenoiser = (
  network: (x: Tensor, t: number) => Tensor,
  { shape, classes }: { readonly shape: readonly number[]; readonly classes: number },
): Denoiser => {
  const dims = dimsOfShape("tensorDenoiser", shape, classes);
  return fromLogits(async (x, t) => {
    const rows = x.length / dims;
    if (!Number.isInteger(rows))
      fail("tensorDenoiser", `x must be rows of ${dims} coordinates`, `${x.length} classes`, "fit x or shape");
    const logits = own(() => {
      const input = ops.tensor(oneHot(x, classes), [rows, ...shape], "float32");
      const output = network(input, t);
      if (output.shape.join() !== input.shape.join())
        fail(
          "tensorDenoiser",
          `the network's output must have its input's shape [${input.shape.join()}]`,
          `[${output.shape.join()}]`,
          "it answers with one logit per class",
        );
      return output;
    });
    try {
      return await logits.data();
    } finally {
      logits.dispose();
    }
  }, classes);
};
