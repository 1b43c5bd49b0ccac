import {
  type GradConfig,
  type Tensor,
  getGradient,
  registerGradient,
  unregisterGradient,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { inputsOf, isLean } from "../tape.ts";
import { binaryRules } from "./binary.ts";
import { elementwiseRules } from "./elementwise.ts";
import { linearRules } from "./linear.ts";
import { locallyConstant } from "./locallyConstant.ts";
import { reductionRules } from "./reductions.ts";
import type { MultiRule, Rule } from "./rule.ts";
import { samplingRules } from "./sampling.ts";
import { shapeRules } from "./shape.ts";
import { softmaxRules } from "./softmax.ts";

const rules: readonly (Rule | MultiRule)[] = [
  ...binaryRules,
  ...elementwiseRules,
  ...linearRules,
  ...reductionRules,
  ...samplingRules,
  ...shapeRules,
  ...softmaxRules,
];

/** tfjs-core's form of a rule. On tapes of our own, inputs of which only the shape matters are not saved. */
const toConfig = (rule: Rule | MultiRule): GradConfig => {
  const { kernel, inputs = [], shapes = [], output = false } = rule;
  const list = shapes === "all";
  const shapeNames = list ? [] : shapes;
  const shapesFrom = (saved: readonly Tensor[]): (readonly number[])[] => {
    const known = inputsOf(saved);
    if (known !== undefined) return (list ? Object.keys(known) : shapeNames).map((name) => known[name]!.shape);
    const tensors = list ? saved : saved.slice(inputs.length, inputs.length + shapeNames.length);
    if (tensors.length < (list ? 1 : shapeNames.length))
      throw new Error(
        `gradient: ${kernel} was recorded by a gradient function of @nonmarkov/autodiff; use those inside of it too, ` +
          `not tfjs-core's own`,
      );
    return tensors.map(({ shape }) => shape);
  };
  return {
    kernelName: kernel,
    get inputsToSave() {
      return isLean() ? [...inputs] : [...inputs, ...shapeNames];
    },
    get saveAllInputs() {
      return list && !isLean();
    },
    outputsToSave: [output],
    gradFunc: (dy, saved, attrs) => {
      const call = {
        saved: [...saved.slice(0, inputs.length), ...(output ? saved.slice(-1) : [])],
        shapes: shapesFrom(saved),
        attrs,
      };
      return "gradients" in rule ? rule.gradients([dy].flat(), call) : rule.gradient(dy as Tensor, call);
    },
  };
};

/** Zero, for those who differentiate with tfjs-core itself; our own walk does not enter these kernels. */
const constantConfig = (kernelName: string): GradConfig => ({
  kernelName,
  gradFunc: (dy) => ({ x: () => zerosLike(dy as Tensor) }),
});

const configs: readonly GradConfig[] = [...rules.map(toConfig), ...[...locallyConstant].map(constantConfig)];

/**
 * Puts our gradient rules into tfjs-core's registry, in place of any others (those of tfjs have wrong derivatives of
 * higher order). Cheap when they are there already. Done at each gradient call, so that importing changes nothing.
 */
export const registerRules = (): void => {
  for (const config of configs) {
    const present = getGradient(config.kernelName);
    if (present === config) continue;
    if (present !== undefined && present !== null) unregisterGradient(config.kernelName);
    registerGradient(config);
  }
};
