import { type Tensor, vjp } from "@nonmarkov/autodiff";
import { type Check, compare, isNear } from "./check.ts";
import { type Grid, grid } from "./numbers.ts";

/** A differentiable function of tensors, and the same of numbers. */
export type Differentiable = {
  /** The kernel's name. */
  readonly op: string;
  /** Where to look at it: away from its kinks. */
  readonly inputs: readonly Grid[];
  /** The function. */
  readonly f: (...inputs: Tensor[]) => Tensor | readonly Tensor[];
  /** The same of the inputs' numbers, in float64. */
  readonly values: (...inputs: (readonly number[])[]) => Grid | readonly Grid[];
  /** Whether its gradient has a kernel that is checked nowhere else. */
  readonly hasOwnGradient?: boolean;
};

/** Half the distance of central differences: in float64 they are right to eight digits. */
const h = 1e-4;

/** Directions and weights: no zeros, which would hide errors. */
const directed = (shape: readonly number[], seed: number): Grid => {
  const { values } = grid(shape, seed);
  return { shape, values: values.map((n) => (n >= 0 ? n + 1 : n)) };
};

const dot = (a: ArrayLike<number>, b: readonly number[]): number => b.reduce((sum, value, i) => sum + value * a[i]!, 0);

/**
 * Checks a function's values and, in one random direction for each input, the slope of their weighted sum against central
 * differences.
 */
export const differentiable = ({ op, inputs, f, values, hasOwnGradient = false }: Differentiable): Check => {
  const reference = (xs: readonly (readonly number[])[]): readonly Grid[] => [values(...xs)].flat() as Grid[];
  const numbers = inputs.map((input) => input.values);
  const expected = reference(numbers);
  const weights = expected.map(({ shape }, i) => directed(shape, 7 + i));
  const weighted = (xs: readonly (readonly number[])[]): number =>
    reference(xs).reduce((sum, y, i) => sum + dot(y.values, weights[i]!.values), 0);
  const slope = (input: number, direction: readonly number[]): number => {
    const moved = (by: number): number =>
      weighted(numbers.map((x, i) => (i === input ? x.map((v, k) => v + by * direction[k]!) : x)));
    return (moved(h) - moved(-h)) / (2 * h);
  };
  return {
    op,
    inputs: (thorough) => (thorough || hasOwnGradient ? [...inputs, ...weights] : inputs),
    run: (tensors, thorough) => {
      const all = (xs: readonly Tensor[]): Tensor[] => [f(...xs)].flat() as Tensor[];
      const leaves = tensors.slice(0, inputs.length);
      if (!thorough && !hasOwnGradient) return all(leaves);
      const { value, grad } = vjp(all, leaves, tensors.slice(inputs.length));
      return [...value, ...grad];
    },
    judge: (results) => {
      const fault = compare(op, results.slice(0, expected.length), expected);
      if (fault !== undefined) return fault;
      for (const [i, { values: gradient }] of results.slice(expected.length).entries()) {
        const direction = directed(inputs[i]!.shape, 20 + i).values;
        const [got, right] = [dot(gradient, direction), slope(i, direction)];
        if (!isNear(got, right))
          return { op, ofGradient: true, reason: `the slope by input ${i} must be ${right}, got ${got}` };
      }
      return undefined;
    },
  };
};
