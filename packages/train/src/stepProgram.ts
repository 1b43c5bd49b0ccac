import { type Tensor, type Tree, ops, own, treeDispose, treeMap, treeNorm, valueAndGrad } from "@nonmarkov/autodiff";
import { jit, OutOfMemoryError } from "@nonmarkov/engine";
import { type Key, foldIn } from "@nonmarkov/random";
import { ema } from "./ema.ts";
import { inParts, rowsOf } from "./inParts.ts";
import type { State } from "./state.ts";
import type { StepResult, TrainStepOptions } from "./trainStep.ts";
import type { Training } from "./training.ts";
import { trainingKeys } from "./trainingKeys.ts";

/** The trees of a state. */
type Trees<P extends Tree, S extends Tree> = Pick<State<P, S>, "params" | "ema" | "opt">;

/** A training step in its two halves: the host's, which needs no state, and the device's. */
export type StepProgram<P extends Tree, S extends Tree, B, E extends Tree> = {
  /** The examples of a step, owned by the caller. */
  readonly prepare: (batch: B, key: Key, step: number) => E;
  /** Has the device begin the step; borrows both. @returns what waits for it */
  readonly begin: (state: State<P, S>, examples: E) => () => Promise<StepResult<P, S>>;
};

/** The recorded step of `trainStep`: see there. */
export const stepProgram = <P extends Tree, S extends Tree, B, E extends Tree>(
  { loss, optimizer, emaDecay = ema() }: Training<P, S, B, E>,
  { overwrite = false }: TrainStepOptions,
): StepProgram<P, S, B, E> => {
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
  const advanced = ({ params, ema, opt, step }: State<P, S>, examples: E) =>
    own(() => {
      const numbers = [1 - emaDecay(step), ...optimizer.coefs(step)]; // float64 until here
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

  return {
    prepare: (batch, key, step) => own(() => loss.prepare(batch, foldIn(trainingKeys(key).loss, step))),
    begin: (state, examples) => {
      const { trees, measures } = advanced(state, examples);
      return async () => {
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
    },
  };
};
