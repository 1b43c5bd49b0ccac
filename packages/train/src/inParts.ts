import { type Tensor, type Tree, ops, own, treeAdd, treeLeaves, treeMap } from "@nonmarkov/autodiff";

/** The rows of examples, the first axis of all their tensors. */
export const rowsOf = (examples: Tree): number => treeLeaves(examples)[0]?.shape[0] ?? 0;

/**
 * The value and gradient of a loss that is a sum over rows, of some rows after the other: memory for one part is enough.
 * The caller owns them.
 */
export const inParts = <P extends Tree, E extends Tree>(
  differentiate: (params: P, examples: E) => { readonly value: Tensor; readonly grad: P },
  params: P,
  examples: E,
  parts: number,
): { readonly value: Tensor; readonly grad: P } => {
  if (parts === 1) return differentiate(params, examples);
  return own(() => {
    const rows = rowsOf(examples);
    const each = Math.ceil(rows / parts);
    let total: { readonly value: Tensor; readonly grad: P } | undefined;
    for (let from = 0; from < rows; from += each) {
      const some = treeMap((x) => ops.slice(x, from, Math.min(each, rows - from)), examples);
      const { value, grad } = differentiate(params, some);
      total =
        total === undefined ? { value, grad } : { value: ops.add(total.value, value), grad: treeAdd(total.grad, grad) };
    }
    return total!;
  });
};
