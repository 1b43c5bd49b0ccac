import { type Tensor, clone, keep } from "@tensorflow/tfjs-core";
import { ownAll } from "./ownAll.ts";
import { registerRules } from "./rules/register.ts";
import { derivativesDeep, recordNode, unrecorded } from "./tape.ts";

/** One lazy gradient for each input, of the input's shape; only those that are needed are called. */
export type Thunks<I extends readonly Tensor[]> = {
  /** The gradient of the input at this place. Must return a tensor that it made, or one of those it was given. */
  readonly [K in keyof I]: () => Tensor;
};

/** The output of a function, and what its gradient will need: intermediate results, the output itself, an input. */
export type Remembered = {
  /** The output. */
  readonly value: Tensor;
  /** What to keep until the gradient is computed. */
  readonly saved: readonly Tensor[];
};

/** A gradient made from intermediate results instead of inputs: those are not kept, unless they are among the saved. */
export type FirstOrder<I extends readonly Tensor[]> = {
  /** Computes the output and what to keep. Borrows its inputs. */
  readonly forward: (...inputs: I) => Remembered;
  /** The gradients from what was kept. All is borrowed. */
  readonly gradients: (dy: Tensor, saved: readonly Tensor[]) => Thunks<I>;
};

/** A function of tensors with a gradient made by hand. */
export type CustomRule<I extends readonly Tensor[]> = {
  /** Shown in error messages. */
  readonly name: string;
  /** Computes the output. Borrows its inputs. */
  readonly forward: (...inputs: I) => Tensor;
  /**
   * The gradients of the inputs, given that of the output. Exact to every order if made of differentiable functions of
   * `dy` and `inputs`. All is borrowed.
   */
  readonly gradients: (dy: Tensor, inputs: I) => Thunks<I>;
  /** A cheaper way where nobody will differentiate the gradient. Must compute the same values. */
  readonly firstOrder?: FirstOrder<I>;
};

/**
 * A differentiable function with its own gradient rule, for what ops compute slowly or inaccurately.
 * The function borrows its arguments; the caller owns the result.
 */
export const customRule =
  <I extends readonly Tensor[]>({ name, forward, gradients, firstOrder }: CustomRule<I>): ((...inputs: I) => Tensor) =>
  (...inputs) => {
    const depth = derivativesDeep();
    if (depth === 0) return ownAll(() => [forward(...inputs)])[0]!;
    registerRules();
    if (depth > 1 || firstOrder === undefined) {
      const output = unrecorded(() => ownAll(() => [forward(...inputs)]))[0]!;
      // Recorded clones: derivatives of higher order flow through them.
      const kept = inputs.map((x) => keep(clone(x)));
      const gradient = (dy: Tensor) => gradients(dy, kept as readonly Tensor[] as I);
      recordNode({ kernelName: name, inputs, output, saved: kept, gradient });
      return output;
    }
    const [output, ...saved] = unrecorded(() =>
      ownAll(() => {
        const made = firstOrder.forward(...inputs);
        return [made.value, ...made.saved];
      }),
    );
    saved.forEach((tensor) => keep(tensor));
    const gradient = (dy: Tensor) => firstOrder.gradients(dy, saved);
    recordNode({ kernelName: name, inputs, output: output!, saved, gradient });
    return output!;
  };
