import { type Tree, ops, own, treeEntries, treeFromEntries } from "@nonmarkov/autodiff";
import type { Key } from "@nonmarkov/random";
import type { State } from "./state.ts";

/** The numbers of one tensor, on the host. */
export type NamedArray = readonly [
  /** The leaf's path in its tree. */
  name: string,
  /** Its numbers. */
  array: {
    /** How safetensors calls the type of the numbers. */
    readonly dtype: "F32";
    /** The tensor's shape. */
    readonly shape: readonly number[];
    /** Row-major. */
    readonly data: Float32Array;
  },
];

/** An array read from elsewhere, whose type is yet to be checked. */
export type ForeignArray = readonly [
  /** The leaf's path in its tree. */
  name: string,
  /** Its numbers. */
  array: {
    /** The tensor's shape. */
    readonly shape: readonly number[];
    /** Row-major; must be a Float32Array. */
    readonly data: ArrayBufferView;
  },
];

/** A state without tensors: plain numbers and named arrays, in the form that a checkpoint stores. */
export type SavedState<A = NamedArray> = {
  /** `State.step` */
  readonly step: number;
  /** `State.key` */
  readonly key: Key;
  /** The leaves of each tree. */
  readonly trees: {
    /** `State.params` */
    readonly params: readonly A[];
    /** `State.ema` */
    readonly ema: readonly A[];
    /** `State.opt` */
    readonly optimizer: readonly A[];
  };
};

/**
 * The leaves of a tree as arrays of their own, named by their paths.
 * @throws TypeError if a leaf is not float32
 */
export const treeToArrays = (tree: Tree): Promise<readonly NamedArray[]> =>
  Promise.all(
    treeEntries(tree).map(async ([name, leaf]): Promise<NamedArray> => {
      if (leaf.dtype !== "float32") throw new TypeError(`treeToArrays: "${name}" must be float32, got ${leaf.dtype}`);
      const data = (await leaf.data()) as Float32Array;
      return [name, { dtype: "F32", shape: [...leaf.shape], data: data.slice() }]; // a backend may give its own memory
    }),
  );

/**
 * The inverse of {@link treeToArrays}: a tree like `like`, owned by the caller.
 * @param like borrowed; its numbers do not matter
 * @throws RangeError naming an array that is missing, unknown or of another shape; TypeError if it is not float32
 */
export const treeFromArrays = <P extends Tree>(like: P, arrays: readonly ForeignArray[]): P =>
  own(() =>
    treeFromEntries(
      like,
      arrays.map(([name, { shape, data }]) => {
        if (!(data instanceof Float32Array))
          throw new TypeError(`treeFromArrays: "${name}" must be a Float32Array, got ${data.constructor.name}`);
        const size = shape.reduce((product, n) => product * n, 1);
        if (data.length !== size)
          throw new RangeError(
            `treeFromArrays: "${name}" of shape [${shape.join()}] must have ${size} numbers, got ${data.length}`,
          );
        return [name, ops.tensor(data.slice(), [...shape], "float32")] as const; // a backend may keep the array
      }),
    ),
  );

/** A state as plain numbers and named arrays, exactly; borrows the state. */
export const stateToArrays = async ({ step, key, params, ema, opt }: State<Tree, Tree>): Promise<SavedState> => ({
  step,
  key,
  trees: {
    params: await treeToArrays(params),
    ema: await treeToArrays(ema),
    optimizer: await treeToArrays(opt),
  },
});

/**
 * The inverse of {@link stateToArrays}: a state like `like`, owned by the caller, from which training goes on as if it had
 * never stopped.
 * @param like a state of the same training, such as its initial one; borrowed
 * @throws RangeError or TypeError naming an array that does not fit
 */
export const stateFromArrays = <P extends Tree, S extends Tree>(
  like: State<P, S>,
  { step, key, trees }: SavedState<ForeignArray>,
): State<P, S> => ({
  step,
  key,
  ...own(() => ({
    params: treeFromArrays(like.params, trees.params),
    ema: treeFromArrays(like.ema, trees.ema),
    opt: treeFromArrays(like.opt, trees.optimizer),
  })),
});
