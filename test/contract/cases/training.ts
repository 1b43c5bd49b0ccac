import { ops, type Tree, treeDispose } from "@nonmarkov/autodiff";
import { key } from "@nonmarkov/random";
import {
  adamw,
  type Batch,
  chain,
  clipByGlobalNorm,
  diffusionLoss,
  disposeState,
  ema,
  initialState,
  type Optimizer,
  scaleBySchedule,
  sgd,
  trainStep,
  warmup,
} from "@nonmarkov/train";
import type { ContractCase } from "../contractCase.ts";
import { rowsOf, schedule, tinyNet, tinyParams } from "../tinyNet.ts";

const loss = diffusionLoss({ schedule, net: tinyNet, shape: [2] });
const batchOf = (size: number, seed: number): Batch => ({ x: rowsOf(size, 2, seed), size });
const broken: Batch = { x: rowsOf(133, 2).fill(NaN, 3, 4), size: 133 };

/** Steps of a training on these batches: its state, and what was measured. */
const trained = <S extends Tree>(
  name: string,
  optimizer: Optimizer<S>,
  batches: readonly Batch[],
  overwrite = false,
): ContractCase => ({
  area: "training",
  name,
  bound: 2e-5,
  ways: {
    trained: async () => {
      const training = { loss, optimizer, emaDecay: ema({ decay: 0.9 }) };
      const step = trainStep(training, { overwrite });
      const params = tinyParams();
      let state = initialState(training, params, key(8));
      treeDispose(params);
      const measures: number[] = [];
      for (const batch of batches) {
        const { state: next, loss: value, gradNorm, skipped } = await step(state, batch);
        measures.push(...(skipped ? [-1, -1] : [value, gradNorm]));
        disposeState(state);
        state = next;
      }
      const { params: last, ema: average, opt } = state;
      return { params: last, average, opt, measures: ops.tensor1d(measures) };
    },
  },
});

// a large epsilon lets Adam not take roundings of small gradients for gradients
const adam = chain(clipByGlobalNorm(0.5), adamw({ rate: 1e-2, decay: 0.1, epsilon: 1e-2 }));
const momentum = chain(sgd({ rate: 0.1, momentum: 0.9 }), scaleBySchedule(warmup(3, 1)));

const batches = [0, 1, 2].map((seed) => batchOf(133, seed));

/** Training steps. */
export const trainingCases: readonly ContractCase[] = [
  trained("steps of AdamW with clipped gradients", adam, batches),
  trained("steps that overwrite the state", adam, batches, true),
  trained("steps of momentum with a warm-up", momentum, batches),
  trained("a step whose loss is not finite, between others", adam, [batches[0]!, broken, batches[1]!]),
];
