import { ops, own, type Tensor, type Tree, valueAndGrad } from "@nonmarkov/autodiff";
import { crossEntropyLoss as discreteCrossEntropyLoss, implicit, klLoss } from "@nonmarkov/discrete";
import { key } from "@nonmarkov/random";
import { linearTau } from "@nonmarkov/schedule";
import {
  crossEntropyLoss,
  diffusionLoss,
  edmLoss,
  hybridLoss,
  type Loss,
  minSnrWeights,
  predictions,
} from "@nonmarkov/train";
import { computed, type ContractCase } from "../contractCase.ts";
import { normals } from "../inputs.ts";
import { classesOf, rowsOf, schedule, tinyNet, tinyParams, withVariance } from "../tinyNet.ts";

const size = 133;

/** The loss of a batch, and its gradient. */
const lossCase = <P extends Tree, B, E extends Tree>(
  name: string,
  loss: Loss<P, B, E>,
  params: () => P,
  batch: B,
): ContractCase =>
  computed<readonly [P, E]>("losses", name, 2e-5, {
    inputs: () => [params(), loss.prepare(batch, key(5))],
    f: (p, examples) => valueAndGrad(loss.evaluate)(p, examples) as unknown as Tree,
  });

const points = { x: rowsOf(size, 2), size };
/** Images of one channel whose numbers are levels between -1 and 1. */
const levels = {
  x: rowsOf(size, 2).map((v) => Math.round(Math.max(-1, Math.min(1, v)) * 127.5 + 127.5) / 127.5 - 1),
  size,
};

const linearLogits = (classes: number) => ({
  params: (): Tree => [normals([2 * classes, 2 * classes]), normals([2 * classes], 1)],
  net: {
    apply: (params: Tree, x: Tensor, t: Tensor): Tensor => {
      const [w, b] = params as readonly [Tensor, Tensor];
      return own(() => ops.add(ops.matMul(x, w), ops.mul(ops.expandDims(ops.sin(t), 1), b)));
    },
  },
});
const [classes, coordinates] = [3, 2];
const discrete = { shape: [coordinates * classes], classes };
const { params: discreteParams, net: discreteNet } = linearLogits(classes);
const symbols = { x: classesOf(size * coordinates, classes), size };

/** All losses, on a batch of 133. */
export const lossCases: readonly ContractCase[] = [
  ...predictions.map((prediction) => {
    const weights = prediction === "v" ? { weights: minSnrWeights(schedule, { prediction }) } : {};
    const loss = diffusionLoss({ schedule, net: tinyNet, shape: [2], prediction, ...weights });
    return lossCase(`diffusionLoss of ${prediction}`, loss, tinyParams, points);
  }),
  lossCase("hybridLoss", hybridLoss({ schedule, net: withVariance, shape: [2] }), tinyParams as () => Tree, levels),
  lossCase(
    "hybridLoss of learned logarithms and continuous data",
    hybridLoss({ schedule, net: withVariance, shape: [2], variance: "learned", levels: Infinity, prediction: "x0" }),
    tinyParams as () => Tree,
    levels,
  ),
  lossCase("edmLoss", edmLoss({ net: tinyNet, shape: [2] }), tinyParams, points),
  lossCase(
    "crossEntropyLoss",
    crossEntropyLoss({
      logits: (params: Tree, x) => own(() => ops.matMul(x, (params as readonly [Tensor])[0])),
      ...{ shape: [7], classes: 5, smoothing: 0.1 },
    }),
    () => [normals([7, 5])],
    { x: rowsOf(size, 7), labels: classesOf(size, 5), size },
  ),
  lossCase(
    "crossEntropyLoss of categorical data",
    discreteCrossEntropyLoss({ schedule, net: discreteNet, ...discrete }),
    discreteParams,
    symbols,
  ),
  lossCase(
    "klLoss of categorical data",
    klLoss({ table: implicit()(schedule, linearTau(100, 5)), net: discreteNet, ...discrete }),
    discreteParams,
    symbols,
  ),
]; // prettier-ignore
