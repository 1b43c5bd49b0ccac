import { ops, own, type Tensor, type Tree } from "@nonmarkov/autodiff";
import { jit } from "@nonmarkov/engine";
import type { ContractCase } from "../contractCase.ts";
import { repeated } from "../inputs.ts";

/** 129 MiB of float32, more than every adapter lets a shader see: 128 MiB. They are an odd number, so that a thread has one each. */
export const largeShape = [33_521, 1009] as const;

const [rows, columns] = largeShape;

/** A tensor of 129 MiB. */
export const largeTensor = (): Tensor =>
  own(() => ops.tile(repeated([1, columns], [0.5, -1, 2, 0.25, -3, 1.5, 7]), [rows, 1]));

/** What is computed with it: numbers one by one, and sums. */
export const ofLarge = (x: Tensor): { readonly y: Tensor; readonly sums: readonly Tensor[] } => {
  const y = ops.add(ops.mul(x, 2), ops.square(x));
  const rowSums = ops.sum(y, 1);
  return { y, sums: [rowSums, ops.sum(rowSums)] };
};

/** The sums, and some of the numbers: the first and last rows, and those beside the place where 128 MiB end. */
const seen = (f: (x: Tensor) => ReturnType<typeof ofLarge>) => (): Tree =>
  own(() => {
    const x = largeTensor();
    const { y, sums } = f(x);
    const end = Math.floor(2 ** 25 / columns);
    return [
      ...sums,
      ...[0, end, rows - 2].flatMap((row) => [x, y].map((each) => ops.slice(each, [row, 0], [2, columns]))),
    ];
  });

const recorded = jit((x: Tensor) => own(() => ofLarge(x)));

/** Tensors beyond the 128 MiB that every adapter binds, where an adapter has more. */
export const largeCases: readonly ContractCase[] = [
  {
    area: "large",
    name: "a tensor of 129 MiB",
    bound: 1e-5,
    reference: "nonmarkov",
    binding: 4 * rows * columns,
    ways: { "kernel by kernel": seen(ofLarge), recorded: seen(recorded) },
  },
];
