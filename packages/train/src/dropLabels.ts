import { type Key, foldIn, uniform } from "@nonmarkov/random";

/**
 * Labels of which each is replaced by -1, "no class", with a probability: a network so trained knows the data with and
 * without their class, which classifier-free guidance needs (Ho and Salimans, arXiv 2207.12598, algorithm 1). Row i draws
 * from `foldIn(key, firstIndex + i)`: it is dropped or kept in whatever batch it comes.
 * @param labels one class per row; borrowed
 * @param probability in [0, 1); 0.1 is usual
 * @param firstIndex the first row's index, default 0
 * @throws RangeError if the probability is out of range
 */
export const dropLabels = (key: Key, labels: Int32Array, probability: number, firstIndex: number = 0): Int32Array => {
  if (!(probability >= 0 && probability < 1))
    throw new RangeError(`dropLabels: the probability must be in [0, 1), got ${probability}`);
  return labels.map((label, i) => (uniform(foldIn(key, firstIndex + i), 1)[0]! < probability ? -1 : label));
};
