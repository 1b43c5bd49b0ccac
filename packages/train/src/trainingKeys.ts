import { type Key, split } from "@nonmarkov/random";

/** The keys of a training. */
export type TrainingKeys = {
  /** Draws batches: `batch(data, step)`. The same at all steps, so that epochs can be permutations. */
  readonly data: Key;
  /** Draws t and noise: step `i` uses `foldIn(loss, i)`. */
  readonly loss: Key;
};

/** The keys that a training derives from the key of its state. */
export const trainingKeys = (key: Key): TrainingKeys => {
  const [data, loss] = split(key, 2);
  return { data: data!, loss: loss! };
};
