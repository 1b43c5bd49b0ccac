import { grad, hvp, own, type Tensor, type Tree, treeDispose, treeDot } from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import { normals } from "./inputs.ts";

/** What a case is about. */
export type Area = "ops" | "derivatives" | "sizes" | "noise" | "nets" | "losses" | "samplers" | "training" | "large";

/** Something that every backend has to compute alike. */
export type ContractCase = {
  /** What it is about. */
  readonly area: Area;
  /** Its name, unique in its area. */
  readonly name: string;
  /**
   * The ways in which it is computed, each from the beginning: all must give the same tree, which belongs to the caller. The
   * reference is the first one.
   */
  readonly ways: Readonly<Record<string, () => Tree | Promise<Tree>>>;
  /** How far float32 numbers may be off, in parts of the largest of their tensor; 0 means not at all. */
  readonly bound: number;
  /** The backend whose numbers are right, default cpu. */
  readonly reference?: "nonmarkov";
  /** Bytes that a shader has to see at once; where an adapter has less, the case is an error with a type. */
  readonly binding?: number;
};

/** A function of tensors, or of trees of them, with inputs that are made anew for each evaluation. */
export type Computation<I extends readonly Tree[] = readonly Tensor[]> = {
  /** Its inputs. */
  readonly inputs: () => I;
  /** The function; borrows. What else it makes is freed. */
  readonly f: (...inputs: I) => Tree;
};

/** A function as a case, computed kernel by kernel and recorded. */
export const computed = <I extends readonly Tree[]>(
  area: Area,
  name: string,
  bound: number,
  { inputs, f }: Computation<I>,
  reference?: "nonmarkov",
): ContractCase => {
  const owned = (...given: I): Tree => own(() => f(...given));
  const of = (g: typeof owned) => (): Tree => {
    const given = inputs();
    try {
      return g(...given);
    } finally {
      treeDispose(given);
    }
  };
  return {
    ...{ area, name, bound, ways: { "kernel by kernel": of(owned), recorded: of(jit(owned)) } },
    ...(reference && { reference }),
  };
};

/** Values, their gradient, and the gradient of that: the derivatives of a weighted sum of all results. */
export const derivatives = ({ inputs, f }: Computation): Computation => ({
  inputs,
  f: (...xs) => {
    const weighted = (at: readonly Tensor[]): Tensor =>
      own(() => {
        const made = [f(...at)].flat() as readonly Tensor[];
        return treeDot(
          made,
          made.map(({ shape }, i) => normals(shape, 100 + i)),
        );
      });
    const direction = xs.map(({ shape }, i) => normals(shape, 200 + i));
    return { value: f(...xs), gradient: grad(weighted)(xs), second: hvp(weighted, xs, direction) };
  },
});
