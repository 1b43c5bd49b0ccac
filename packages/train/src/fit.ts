import { type Tree, treeDispose } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
import { ahead } from "./ahead.ts";
import { breather } from "./breather.ts";
import { NonFiniteError } from "./nonFiniteError.ts";
import { type State, disposeState } from "./state.ts";
import { stepProgram } from "./stepProgram.ts";
import type { Training } from "./training.ts";
import { trainingKeys } from "./trainingKeys.ts";

/** What {@link fit} works on. */
export type FitOptions<P extends Tree, S extends Tree, B> = {
  /** Where to begin or go on; fit takes it over, and frees it once there is a next one. */
  readonly state: State<P, S>;
  /**
   * The batch of a step, a function of its arguments. The key is the same at all steps. It is asked for while the step
   * before is computed, so once in vain where training ends early.
   */
  readonly batch: (key: Key, step: number) => B | Promise<B>;
  /** Train until the state has made so many steps, default without end. */
  readonly until?: number;
  /** Stops training after a whole step. */
  readonly signal?: AbortSignal;
  /** How many steps in a row may be skipped because loss or gradient are not finite, default 5; one more is an error. */
  readonly maxSkips?: number;
};

/** What {@link fit} tells after each step. */
export type FitEvent<P extends Tree, S extends Tree> = {
  /** How many steps have been made: `state.step`. */
  readonly step: number;
  /** The loss of the step's batch, before the update. */
  readonly loss: number;
  /** The rate that the update was made with. */
  readonly lr: number;
  /** The norm of the gradient, before any clipping. */
  readonly gradNorm: number;
  /** Whether nothing was updated, because loss or gradient were not finite. */
  readonly skipped: boolean;
  /** What went wrong, in words, where a step was skipped. */
  readonly warning?: string;
  /** The state after the step. It is freed when the next event is made; the last one belongs to the caller. */
  readonly state: State<P, S>;
};

/**
 * Trains, one event per step. The states that follow are a function of the state that it is given (and of `batch`):
 * k steps, and then m steps from there, give bit for bit what k + m steps give, on the same backend.
 *
 * There is always exactly one live state: the one of the last event, or before the first event the one that was given.
 * It belongs to the caller when the loop is over, however that came: at `until`, by `signal`, `break` or an error. After a
 * NonFiniteError it is the error's `state`. While the loop goes on, the examples of the next step may be live as well:
 * they are made while a GPU computes this one.
 *
 * @example
 * let state = initialState(training, net.init(key(1)), key(2));
 * for await (const event of fit(training, { state, batch, until: 1000 })) {
 *   state = event.state;
 *   console.log(event.step, event.loss);
 * }
 *
 * @throws NonFiniteError if more than `maxSkips` steps in a row had to be skipped
 * @throws RangeError if `until` or `maxSkips` are not counts
 */
export async function* fit<P extends Tree, S extends Tree, B, E extends Tree>(
  training: Training<P, S, B, E>,
  { state: given, batch, until = Infinity, signal, maxSkips = 5 }: FitOptions<P, S, B>,
): AsyncGenerator<FitEvent<P, S>, void, void> {
  for (const [name, count] of Object.entries({ until, maxSkips }))
    if (!(count >= 0) || (count !== Infinity && !Number.isInteger(count)))
      throw new RangeError(`fit: ${name} must be an integer of at least 0 or Infinity, got ${count}`);
  const { prepare, begin } = stepProgram(training, { overwrite: true });
  const { key } = given;
  const examples = ahead(async (step) => {
    const data = await batch(trainingKeys(key).data, step);
    return () => prepare(data, key, step);
  }, treeDispose);
  const breathe = breather();
  let state = given;
  let skips = 0;
  try {
    while (state.step < until && !signal?.aborted) {
      examples.begin(state.step);
      await breathe();
      const now = await examples.take();
      let end: ReturnType<typeof begin>;
      try {
        if (signal?.aborted) return;
        end = begin(state, now);
      } finally {
        treeDispose(now);
      }
      // the host's half of the next step, while a device is busy with this one
      if (state.step + 1 < until) examples.begin(state.step + 1);
      const { state: after, loss, gradNorm, skipped } = await end();
      skips = skipped ? skips + 1 : 0;
      if (skips > maxSkips) {
        // a skipped step leaves the same numbers, and may have moved them
        disposeState(state);
        throw new NonFiniteError({ loss, gradNorm, skips, state: { ...after, step: state.step } });
      }
      const lr = training.optimizer.rate(state.step);
      disposeState(state);
      state = after;
      const event = { step: state.step, loss, lr, gradNorm, skipped, state };
      yield skipped ? { ...event, warning: skipWarning(event) } : event;
    }
  } finally {
    examples.stop();
  }
}

const skipWarning = ({ step, loss, gradNorm }: { step: number; loss: number; gradNorm: number }): string =>
  `step ${step} was skipped: its loss was ${loss}, the norm of its gradient ${gradNorm}`;
