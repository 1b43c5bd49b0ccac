import { type Tree, ops, own, treeClone, treeDispose, treeMap, treeNorm, valueAndGrad } from "@nonmarkov/autodiff";
import { foldIn } from "@nonmarkov/random";
import { ema } from "./ema.ts";
import type { State } from "./state.ts";
import type { Training } from "./training.ts";
import { trainingKeys } from "./trainingKeys.ts";
import { viewOf } from "./view.ts";

/** What one training step gives. */
export type StepResult<P extends Tree, S extends Tree> = {
  /** The next state, owned by the caller; after a skipped step it differs from the one before in `step` alone. */
  readonly state: State<P, S>;
  /** The loss of the batch before the update. */
  readonly loss: number;
  /** The Euclidean norm of its gradient over all parameters. */
  readonly gradNorm: number;
  /** Whether loss or gradient were not finite, so that nothing was updated. */
  readonly skipped: boolean;
};

/** One step of training: borrows the state and the batch, and gives a new state that the caller owns. */
export type TrainStep<P extends Tree, S extends Tree, B> = (state: State<P, S>, batch: B) => Promise<StepResult<P, S>>;

/**
 * Makes the step of a training: the gradient of the loss on a batch, the optimizer's update, and the moving average of
 * the parameters. What it does is a function of the state and the batch alone; randomness comes from the state's key
 * and step. Where loss or gradient are not finite nothing is updated, but the step counts: the next one sees another
 * batch. Frees everything but the result, also if the loss throws.
 */
export const trainStep = <P extends Tree, S extends Tree, B>(training: Training<P, S, B>): TrainStep<P, S, B> => {
  const { loss, optimizer, emaDecay = ema() } = training;
  const view = viewOf(training);
  const differentiate = valueAndGrad(loss);

  const measure = (state: State<P, S>, batch: B) =>
    own(() => {
      const { value, grad } = differentiate(state.params, batch, foldIn(trainingKeys(state.key).loss, state.step));
      const grads = view.pack(grad);
      return { grads, measures: ops.stack([value, treeNorm(grads)]) };
    });

  const advance = (state: State<P, S>, grads: Tree) =>
    own(() => {
      const { step } = state;
      const params = view.pack(state.params);
      const { updates, state: opt } = optimizer.update(grads, state.opt, params, step);
      const next = treeMap((p, u) => ops.add(p, u), params, updates);
      const forgotten = 1 - emaDecay(step);
      const average = treeMap((e, p) => ops.add(e, ops.mul(ops.sub(p, e), forgotten)), view.pack(state.ema), next);
      return { params: view.unpack(state.params, next), ema: view.unpack(state.ema, average), opt };
    });

  return async (state, batch) => {
    const { grads, measures } = measure(state, batch);
    try {
      const [value, gradNorm] = (await measures.data()) as Float32Array;
      const skipped = !Number.isFinite(value) || !Number.isFinite(gradNorm);
      const { params, ema, opt } = state;
      const trees = skipped ? treeClone({ params, ema, opt }) : advance(state, grads);
      return { state: { ...trees, step: state.step + 1, key: state.key }, loss: value!, gradNorm: gradNorm!, skipped };
    } finally {
      treeDispose({ grads, measures });
    }
  };
};
