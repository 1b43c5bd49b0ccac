import { type Tensor, type Tree, ops, own, treeDispose, treeMap, treeNorm, valueAndGrad } from "@nonmarkov/autodiff";
import { jit, OutOfMemoryError } from "@nonmarkov/engine";
import { foldIn } from "@nonmarkov/random";
import { ema } from "./ema.ts";
import { inParts, rowsOf } from "./inParts.ts";
import type { State } from "./state.ts";
import type { Training } from "./training.ts";
import { trainingKeys } from "./trainingKeys.ts";

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

/** The trees of a state. */
type Trees<P extends Tree, S extends Tree> = Pick<State<P, S>, "params" | "ema" | "opt">;

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
  { loss, optimizer, emaDecay = ema() }: Training<P, S, B, E>,
  { overwrite = false }: TrainStepOptions = {},
): TrainStep<P, S, B> => {
  const differentiate = valueAndGrad(loss.evaluate);

  // where loss or gradient are not finite, what comes out is what was there
  const advance = jit(
    ({ params, ema, opt }: Trees<P, S>, examples: E, [forgotten, ...coefs]: readonly Tensor[], parts: number) =>
      own(() => {
        const { value, grad } = inParts(differentiate, params, examples, parts);
        const norm = treeNorm(grad);
        const isGood = ops.cast(ops.isFinite(ops.add(value, norm)), "float32");
        const { updates, state } = optimizer.update(grad, opt, params, coefs);
        const next = treeMap((p, u) => ops.add(p, u), params, updates);
        const average = treeMap((e, p) => ops.add(e, ops.mul(ops.sub(p, e), forgotten!)), ema, next);
        const kept = <T extends Tree>(after: T, before: T): T =>
          treeMap((a, b) => ops.choose(isGood, a, b), after, before);
        return {
          trees: { params: kept(next, params), ema: kept(average, ema), opt: kept(state, opt) },
          measures: ops.stack([value, norm, isGood]),
        };
      }),
    { overwrites: overwrite ? [0] : [] },
  );

  /** How many parts a batch is evaluated in: more, where memory was short. */
  let parts = 1;
  const advanced = ({ params, ema, opt, key, step }: State<P, S>, batch: B) =>
    own(() => {
      const numbers = [1 - emaDecay(step), ...optimizer.coefs(step)]; // float64 until here
      const examples = loss.prepare(batch, foldIn(trainingKeys(key).loss, step));
      const coefs = numbers.map((number) => ops.scalar(number));
      for (;;)
        try {
          return advance({ params, ema, opt }, examples, coefs, parts);
        } catch (error) {
          if (!(error instanceof OutOfMemoryError) || loss.isSumOfRows !== true || 2 * parts > rowsOf(examples))
            throw error;
          parts *= 2;
          console.warn(`trainStep: ${error.message}; going on with batches in ${parts} parts, one after the other`);
        }
    });

  return async (state, batch) => {
    const { trees, measures } = advanced(state, batch);
    try {
      const [value, gradNorm, isGood] = (await measures.data()) as Float32Array;
      return {
        state: { ...trees, step: state.step + 1, key: state.key },
        loss: value!,
        gradNorm: gradNorm!,
        skipped: isGood === 0,
      };
    } catch (error) {
      treeDispose(trees);
      throw error;
    } finally {
      measures.dispose();
    }
  };
};
