import { ops, type Tensor, type Tree } from "@nonmarkov/autodiff";
import { mlp } from "@nonmarkov/nets";
import { key, normal } from "@nonmarkov/random";
import { linear } from "@nonmarkov/schedule";
import { parametersOf } from "./parametersOf.ts";

/** A network that compiles fast, for all that is done around networks. */
export const tinyNet = mlp({ dim: 2, hidden: 21, depth: 1, frequencies: 6 });

/** The parameters of a network. */
export type Params = Parameters<typeof tinyNet.apply>[0];

/** Parameters for it. */
export const tinyParams = (): Params => parametersOf(tinyNet);

/** A schedule that ends in almost pure noise. */
export const schedule = linear({ T: 100, betaStart: 1e-3, betaEnd: 0.1 });

/** Rows on the host. */
export const rowsOf = (size: number, width: number, seed = 0): Float32Array =>
  Float32Array.from(normal(key(77 + seed), size * width));

/** Classes on the host. */
export const classesOf = (size: number, classes: number): Int32Array =>
  Int32Array.from({ length: size }, (_, i) => (i * 7) % classes);

/** The network with as many values about variances beside its predictions. */
export const withVariance = {
  apply: (params: Tree, x: Tensor, t: Tensor): Tensor => {
    const predicted = tinyNet.apply(params as Params, x, t);
    return ops.concat([predicted, ops.tanh(predicted)], 1);
  },
};
