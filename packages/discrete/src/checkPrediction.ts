import { fail } from "./fail.ts";

/**
 * Checks what a denoiser has predicted.
 * @param count how many coordinates there are
 * @throws RangeError unless it is `classes` probabilities for each of them
 */
export const checkPrediction = (where: string, prediction: ArrayLike<number>, count: number, classes: number): void => {
  if (prediction.length !== count * classes)
    fail(
      where,
      `the denoiser must give ${classes} probabilities for each of ${count} coordinates`,
      `${prediction.length} numbers`,
      "check its classes",
    );
  for (let i = 0; i < count; i++) {
    let total = 0;
    for (let k = 0; k < classes; k++) {
      const p = prediction[i * classes + k]!;
      total += p >= 0 ? p : NaN;
    }
    if (!(Math.abs(total - 1) < 1e-3))
      fail(
        where,
        `the denoiser's probabilities of coordinate ${i} must be >= 0 and add up to 1`,
        Array.from({ length: classes }, (_, k) => prediction[i * classes + k]).join(", "),
        "fromLogits makes probabilities of logits",
      );
  }
};
