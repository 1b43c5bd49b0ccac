import { type Tensor, concat, split } from "@tensorflow/tfjs-core";
import { ownAll } from "./ownAll.ts";

/**
 * Evaluates a function of a batch on two copies of x in one batch of twice the rows, and gives the results of the first and
 * of the second half: of a network with the labels of both halves, what it predicts with and without a condition. What it
 * returns borrows x; the caller owns both results.
 * @param evaluate of tensors [2·rows, ...dims]; borrows its input, its result is taken over; must be synchronous
 * @throws RangeError, when called, if the result does not have twice x's rows
 */
export const pairedTensor =
  (evaluate: (x: Tensor, t: number) => Tensor): ((x: Tensor, t: number) => readonly [Tensor, Tensor]) =>
  (x, t) => {
    const [first, second] = ownAll(() => {
      const made = evaluate(concat([x, x]), t);
      if (made.shape[0] !== 2 * x.shape[0]!)
        throw new RangeError(
          `pairedTensor: the result must have ${2 * x.shape[0]!} rows, twice those of x, got [${made.shape.join()}]`,
        );
      return split(made, 2);
    });
    return [first!, second!];
  };
