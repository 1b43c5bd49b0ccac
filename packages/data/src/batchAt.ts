import { foldIn, permutation, type Key } from "@nonmarkov/random";
import { rowLength, type Batch, type Dataset } from "./dataset.ts";

/**
 * The batch of a training step, a function of its arguments alone.
 *
 * A finite data set is passed through epoch after epoch, each in an order of its own, permuted by the key: batch `step`
 * takes the positions step·batchSize .. (step+1)·batchSize - 1 of that endless sequence. So every row comes once per
 * epoch whatever the batch size; where size is no multiple of it, a batch ends one epoch and begins the next.
 * Generated data come in the order of their index, and never again.
 * @param step counted from 0
 * @throws RangeError if step or batchSize is no such count, or the data set is empty
 */
export const batchAt = (dataset: Dataset, key: Key, step: number, batchSize: number): Batch => {
  check(dataset, step, batchSize);
  const x = new Float32Array(batchSize * rowLength(dataset));
  const labels = new Int32Array(batchSize);
  for (let filled = 0; filled < batchSize;) {
    const position = step * batchSize + filled;
    const epoch = Number.isFinite(dataset.size) ? Math.floor(position / dataset.size) : 0;
    const indices = epochIndices(dataset, key, epoch, position, batchSize - filled);
    const part = dataset.rows(indices, foldIn(foldIn(key, ROWS), epoch));
    x.set(part.x, filled * rowLength(dataset));
    labels.set(part.labels, filled);
    filled += part.size;
  }
  return { x, labels, size: batchSize };
};

/** The two uses of the key: the order of the rows, and what is random in them. */
const ORDER = 0;
const ROWS = 1;

const epochIndices = (
  dataset: Dataset,
  key: Key,
  epoch: number,
  position: number,
  count: number,
): ArrayLike<number> => {
  if (!Number.isFinite(dataset.size)) return Array.from({ length: count }, (_, i) => position + i);
  const begin = position - epoch * dataset.size;
  return epochOrder(dataset, key, epoch).subarray(begin, begin + count);
};

type Order = { readonly key: Key; readonly epoch: number; readonly order: Int32Array };

/** The last order asked for of each data set: permuting 60,000 rows takes 3 ms, which a small net would feel each step. */
const orders = new WeakMap<Dataset, Order>();

const epochOrder = (dataset: Dataset, key: Key, epoch: number): Int32Array => {
  const known = orders.get(dataset);
  if (known !== undefined && known.epoch === epoch && known.key[0] === key[0] && known.key[1] === key[1])
    return known.order;
  const order = permutation(foldIn(foldIn(key, ORDER), epoch), dataset.size);
  orders.set(dataset, { key: [...key], epoch, order });
  return order;
};

const check = ({ name, size }: Dataset, step: number, batchSize: number): void => {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new RangeError(`batchAt: batchSize must be an integer of at least 1, got ${batchSize}`);
  if (!Number.isSafeInteger(step) || step < 0 || !Number.isSafeInteger((step + 1) * batchSize))
    throw new RangeError(`batchAt: step must be an integer of at least 0, got ${step}`);
  if (size < 1) throw new RangeError(`batchAt: the data set must have rows, got none in ${name}; choose another`);
};
