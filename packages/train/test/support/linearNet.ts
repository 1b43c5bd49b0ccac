import { type Tensor, ops, own } from "@nonmarkov/autodiff";

/** The parameters of the linear network. */
export type Linear = { readonly weight: Tensor; readonly bias: Tensor };

/** Parameters with given numbers. */
export const linearParams = (dim: number, value: (i: number) => number): Linear => ({
  weight: ops.tensor(
    Array.from({ length: dim * dim }, (_, i) => value(i)),
    [dim, dim],
  ),
  bias: ops.tensor(Array.from({ length: dim }, (_, i) => value(dim * dim + i))),
});

/** A network that ignores t: x weight + bias. */
export const linearNet = {
  apply: (params: Linear, x: Tensor): Tensor => own(() => ops.add(ops.matMul(x, params.weight), params.bias)),
};
