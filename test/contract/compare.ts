import { type Tensor, type Tree, treeEntries } from "@nonmarkov/autodiff";

/** A tensor's place in its tree, and what is in it. */
export type Numbers = {
  /** The path of the tensor. */
  readonly path: string;
  /** The lengths of its axes. */
  readonly shape: readonly number[];
  /** The type of its numbers. */
  readonly dtype: string;
  /** The numbers, row by row. */
  readonly values: ArrayLike<number>;
};

/** How far two trees are apart. */
export type Difference = {
  /** The first thing that is wrong, for people; undefined where nothing is. */
  readonly problem: string | undefined;
  /** The largest difference of float32 numbers, in parts of the largest number. */
  readonly error: number;
};

/** The tensors of a tree, read. */
export const numbersOf = (tree: Tree): Promise<readonly Numbers[]> =>
  Promise.all(
    treeEntries(tree).map(async ([path, leaf]): Promise<Numbers> => {
      const { shape, dtype } = leaf;
      return { path, shape, dtype, values: (await (leaf as Tensor).data()) as ArrayLike<number> };
    }),
  );

/** Where all numbers of a tensor are small beside those of others, they are roundings of these. */
const least = 1e-3;

const largestOf = ({ values, dtype }: Numbers): number => {
  let largest = 0;
  if (dtype === "float32")
    for (let i = 0; i < values.length; i++) {
      const size = Math.abs(values[i]!);
      if (size > largest && size < Infinity) largest = size;
    }
  return largest;
};

const outline = ({ path, shape, dtype }: Numbers): string =>
  `${dtype} ${path === "" ? "" : `${path} `}[${shape.join(", ")}]`;

/**
 * Compares trees.
 * @param bound how far float32 numbers may be off, in parts of the largest one of their tensor, or of a thousandth of the
 *   largest of all; others must be the same
 */
export const compare = (got: readonly Numbers[], want: readonly Numbers[], bound: number): Difference => {
  const [has, should] = [got, want].map((all) => all.map(outline));
  const other = should!.findIndex((text, i) => text !== has![i]);
  if (other >= 0 || has!.length !== should!.length) {
    const at = other >= 0 ? other : should!.length;
    return {
      problem: `tensor ${at} must be ${should![at] ?? "nothing"}, got ${has![at] ?? "nothing"}`,
      error: Infinity,
    };
  }
  const floor = least * Math.max(0, ...want.map(largestOf));
  let problem: string | undefined;
  let error = 0;
  for (const [leaf, right] of want.entries()) {
    const { path, values, dtype } = right;
    const numbers = got[leaf]!.values;
    const largest = Math.max(floor, largestOf(right));
    const allowed = dtype === "float32" ? bound * largest : 0;
    for (let i = 0; i < values.length; i++) {
      const [a, b] = [numbers[i]!, values[i]!];
      if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
      const distance = Math.abs(a - b);
      const parts = Number.isNaN(distance) ? Infinity : distance / largest;
      error = Math.max(error, parts);
      if (distance <= allowed) continue;
      problem ??= `${path}[${i}] of [${right.shape.join(", ")}] must be ${b}, got ${a} (the largest is ${largest})`;
    }
  }
  return { problem, error };
};
