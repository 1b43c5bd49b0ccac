import { ops, own, type Tensor } from "@nonmarkov/autodiff";
import { frequencies } from "../layers/sinusoidal.ts";
import { resolveUnet, type UnetConfig } from "./config.ts";
import type { UnetTree } from "./params.ts";

/**
 * Turns a U-Net's parameters so that it counts time from elsewhere: the network with the result gives at t what it gives with
 * `params` at t + by. Sines and cosines of a sum are linear in those of its parts, so the first layer takes it up exactly,
 * but for rounding. With it a network that was trained at t = 1..T becomes one for t = 0..T-1 and back.
 * @param params borrowed
 * @returns owned by the caller
 * @throws RangeError where the configuration does not fit together
 */
export const shiftTime = (config: UnetConfig, params: UnetTree<Tensor>, by: number): UnetTree<Tensor> =>
  own(() => {
    const { levels, cosFirst, frequencyShift } = resolveUnet(config);
    const { linear_1, linear_2 } = params.time_embedding;
    const known = frequencies(levels[0]!.channels, frequencyShift);
    const half = known.length;
    const column = (f: (angle: number) => number): Tensor =>
      ops.tensor(
        known.map((frequency) => f(frequency * by)),
        [half, 1],
        "float32",
      );
    const [cos, sin] = [column(Math.cos), column(cosFirst ? (angle) => -Math.sin(angle) : Math.sin)];
    const [first, second] = [ops.slice(linear_1.weight, 0, half), ops.slice(linear_1.weight, half, half)];
    const turned = [
      ops.sub(ops.mul(first, cos), ops.mul(second, sin)),
      ops.add(ops.mul(first, sin), ops.mul(second, cos)),
    ];
    const odd = linear_1.weight.shape[0]! > 2 * half ? [ops.slice(linear_1.weight, 2 * half)] : []; // meets a zero
    const weight = ops.concat([...turned, ...odd], 0);
    return { ...params, time_embedding: { linear_1: { weight, bias: linear_1.bias }, linear_2 } };
  });
