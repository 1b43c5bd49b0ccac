import type { Tree } from "@nonmarkov/autodiff";
import { key, split } from "@nonmarkov/random";
import {
  adamw,
  type Batch,
  chain,
  clipByGlobalNorm,
  cosineRate,
  type DiffusionExamples,
  diffusionLoss,
  ema,
  initialState,
  type State,
  type Training,
  warmup,
} from "@nonmarkov/train";
import { treeDispose } from "@nonmarkov/autodiff";
import { network } from "./network.ts";
import type { RunConfig } from "./run-config.ts";
import { scheduleFromSpec } from "./schedule-spec.ts";

/** A training whose trees' structure is known at run time only. */
export type AnyTraining = Training<Tree, Tree, Batch, DiffusionExamples>;
/** Its state. */
export type AnyState = State<Tree, Tree>;

/** How a run is trained, from its configuration. */
export const trainingOf = ({ net, shape, schedule, prediction, training }: RunConfig): AnyTraining => {
  const { steps, lr, decay, weightDecay, clip, labelDropout } = training;
  const rate = decay === "cosine" && steps > 0 ? cosineRate({ from: lr, steps }) : lr;
  const optimizer = chain(clipByGlobalNorm(clip), adamw({ rate: warmup(training.warmup, rate), decay: weightDecay }));
  return {
    loss: diffusionLoss({
      schedule: scheduleFromSpec(schedule),
      net: network(net),
      shape,
      prediction,
      conditional: net.classes > 0,
      ...(labelDropout === undefined ? {} : { labelDropout }),
    }),
    optimizer: optimizer as unknown as AnyTraining["optimizer"],
    emaDecay: ema({ decay: training.ema }),
  };
};

/** The state before the first step, a function of the configuration's seed; the caller owns it. */
export const firstState = (config: RunConfig): AnyState => {
  const [weights, course] = split(key(config.training.seed), 2);
  const params = network(config.net).init(weights!);
  const state = initialState(trainingOf(config), params, course!);
  treeDispose(params);
  return state;
};
