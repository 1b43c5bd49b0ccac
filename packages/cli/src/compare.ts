import { batchAt, type Dataset } from "@nonmarkov/data";
import { frechetDistance, randomFeatures, slicedWasserstein } from "@nonmarkov/metrics";
import { type Key, split } from "@nonmarkov/random";
import { UsageError } from "./errors.ts";
import type { Distances } from "./evaluation.ts";

/** Samples as rows of d numbers. */
export type Values = { readonly n: number; readonly data: Float32Array };

/** Measures samples against a reference set of the data. */
export type Comparison = {
  readonly measure: (samples: Values) => Distances;
  /** What other examples of the data score. */
  readonly floor: Distances;
};

/** How many examples the samples are compared with, where there are so many. */
const referenceCount = 1000;

/**
 * Draws a reference set, and n other examples for the floor, and fixes the features; a function of the key.
 * @throws UsageError if the data are too few
 */
export const comparison = (dataset: Dataset, key: Key, n: number): Comparison => {
  if (dataset.size < 2 * n)
    throw new UsageError(
      `--n: ${dataset.name} has ${dataset.size} examples, ${2 * n} are needed to compare ${n} samples`,
    );
  const [dataKey, featureKey, directionKey] = split(key, 3) as [Key, Key, Key];
  const d = dataset.shape.reduce((a, b) => a * b, 1);
  const features = randomFeatures({ key: featureKey, shape: dataset.shape });
  const count = Math.min(Math.max(referenceCount, n), dataset.size - n);
  const examples = batchAt(dataset, dataKey, 0, count + n).x;
  const reference = { n: count, d, data: examples.subarray(0, count * d) };
  const referenceFeatures = features(reference);
  const measure = ({ n, data }: Values): Distances => {
    // samples of a network that has diverged
    if (!data.every(Number.isFinite)) return { slicedWasserstein: Infinity, frechet: Infinity };
    const samples = { n, d, data };
    return {
      slicedWasserstein: slicedWasserstein(samples, reference, { key: directionKey }),
      frechet: frechetDistance(features(samples), referenceFeatures).distance,
    };
  };
  return { measure, floor: measure({ n, data: examples.subarray(count * d) }) };
};
