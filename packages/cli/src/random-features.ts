import type { Features } from "@nonmarkov/metrics";
import { type Key, normal, split } from "@nonmarkov/random";

/**
 * Fixed random features: max(0, w·x/√d + b) with normal w and b, a random first layer. Their means and covariances
 * see more of a distribution than those of the raw values, and need no trained network.
 */
export const randomFeatures =
  (key: Key, d: number, count: number) =>
  ({ n, data }: { readonly n: number; readonly data: ArrayLike<number> }): Features => {
    const [weightKey, biasKey] = split(key, 2);
    const weights = normal(weightKey!, count * d);
    const biases = normal(biasKey!, count);
    const scale = 1 / Math.sqrt(d);
    const features = new Float64Array(n * count);
    for (let row = 0; row < n; row++)
      for (let f = 0; f < count; f++) {
        let sum = 0;
        for (let i = 0; i < d; i++) sum += weights[f * d + i]! * data[row * d + i]!;
        features[row * count + f] = Math.max(0, sum * scale + biases[f]!);
      }
    return { n, d: count, data: features };
  };
