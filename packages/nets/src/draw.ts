import { ops, type Tensor } from "@nonmarkov/autodiff";
import { foldIn, type Key, normal, uniform } from "@nonmarkov/random";
import type { Initial, Make, Parameter } from "./parameter.ts";

const values = (initial: Initial, size: number, key: Key): Float32Array => {
  switch (initial.kind) {
    case "constant":
      return new Float32Array(size).fill(initial.value);
    case "uniform":
      return Float32Array.from(uniform(key, size, { min: -initial.bound, max: initial.bound }));
    case "normal":
      return Float32Array.from(normal(key, size), (z) => initial.std * z);
  }
};

/** Makes tensors: the i-th parameter made draws from the i-th child of `key`. The caller owns them. */
export const draw = (key: Key): Make<Tensor> => {
  let made = 0;
  return ({ shape, initial }: Parameter) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return ops.tensor(values(initial, size, foldIn(key, made++)), [...shape], "float32");
  };
};
