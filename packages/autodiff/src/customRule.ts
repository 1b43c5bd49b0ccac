import type { Tensor } from "@tensorflow/tfjs-core";
import { clone, keep } from "@tensorflow/tfjs-core";
import { own } from "./own.ts";
import { ownAll } from "./ownAll.ts";
import { registerRules } from "./rules/register.ts";
import { isRecording, recordNode, unrecorded } from "./tape.ts";

/** What a custom rule's gradient may look at. */
export type CustomCall<I extends readonly Tensor[]> = {
  /** The gradient of the output; borrowed. */
  readonly dy: Tensor;
  /** The inputs; borrowed. Derivatives of higher order flow through them. */
  readonly inputs: I;
  /**
   * What the forward pass left behind, at first order; undefined where the gradient is itself being differentiated:
   * then compute from `inputs`, with ops, what is needed.
   */
  readonly saved: readonly Tensor[] | undefined;
};

/** A function of tensors with a gradient made by hand. */
export type CustomRule<I extends readonly Tensor[]> = {
  /** Shown in error messages. */
  readonly name: string;
  /** Computes the output, and intermediate results worth keeping for the gradient. Borrows its inputs. */
  readonly forward: (...inputs: I) => { readonly value: Tensor; readonly saved?: readonly Tensor[] };
  /** One thunk per input for its gradient, of the input's shape; called only for inputs that need one. */
  readonly gradients: (call: CustomCall<I>) => { readonly [K in keyof I]: () => Tensor };
};

/**
 * A differentiable function with its own gradient rule, for what ops compute slowly or inaccurately.
 * The gradient is exact to every order if `gradients` is made of differentiable functions of `dy` and `inputs`.
 * The result borrows its arguments and hands out a tensor of the caller's.
 */
export const customRule =
  <I extends readonly Tensor[]>({ name, forward, gradients }: CustomRule<I>): ((...inputs: I) => Tensor) =>
  (...inputs) => {
    if (!isRecording()) return own(() => forward(...inputs).value);
    registerRules();
    const [output, ...residuals] = unrecorded(() =>
      ownAll(() => {
        const { value, saved = [] } = forward(...inputs);
        return [value, ...saved];
      }),
    );
    const kept = inputs.map((x) => keep(clone(x)));
    residuals.forEach((tensor) => keep(tensor));
    recordNode({
      kernelName: name,
      inputs,
      output: output!,
      saved: [...kept, ...residuals],
      gradient: (dy) =>
        gradients({ dy, inputs: kept as readonly Tensor[] as I, saved: isRecording() ? undefined : residuals }),
    });
    return output!;
  };
