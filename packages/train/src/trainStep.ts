import { type Tree, treeDispose } from "@nonmarkov/autodiff";
import type { State } from "./state.ts";
import { stepProgram } from "./stepProgram.ts";
import type { Training } from "./training.ts";

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

/** How {@link trainStep} treats what it is given. */
export type TrainStepOptions = {
  /**
   * Whether the state that a step is given is used up: the next one may take over its memory, which halves what a step
   * needs. It still has to be disposed of, and must not be read. Default false.
   */
  readonly overwrite?: boolean;
};

/**
 * Makes the step of a training: the gradient of the loss on a batch, the optimizer's update, and the moving average of
 * the parameters. What it does is a function of the state and the batch alone; randomness comes from the state's key
 * and step. Where loss or gradient are not finite nothing is updated, but the step counts: the next one sees another
 * batch. Frees everything but the result, also if the loss throws.
 *
 * What `evaluate` of the loss and `update` of the optimizer do is recorded as one program for each shape of examples, and
 * replayed: make one step for a whole training. Nothing is read before it has all been computed. A batch for which there
 * is no memory is evaluated in parts, if the loss is a sum over its rows; that is warned of.
 */
export const trainStep = <P extends Tree, S extends Tree, B, E extends Tree>(
  training: Training<P, S, B, E>,
  options: TrainStepOptions = {},
): TrainStep<P, S, B> => {
  const { prepare, begin } = stepProgram(training, options);
  return async (state, batch) => {
    const examples = prepare(batch, state.key, state.step);
    let end: ReturnType<typeof begin>;
    try {
      end = begin(state, examples);
    } finally {
      treeDispose(examples);
    }
    return end();
  };
};
