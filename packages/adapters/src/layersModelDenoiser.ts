import { own, type Tensor } from "@nonmarkov/autodiff";
import { callOf } from "./call.ts";
import type { DenoiserOptions } from "./denoiserOptions.ts";
import { feeds } from "./feeds.ts";
import { fromLayout } from "./layout.ts";
import { type ModelDenoiser, modelDenoiser } from "./modelDenoiser.ts";
import type { ModelInput } from "./modelInput.ts";

/** What a TensorFlow.js LayersModel says of an input or output. */
export type LayersModelNode = {
  /** Lengths of its axes; null for any. */
  readonly shape: readonly (number | null)[];
  /** Type of its numbers. */
  readonly dtype: string;
};

/** What is used of a TensorFlow.js LayersModel (of @tensorflow/tfjs-layers); every one of them fits. */
export type LayersModelLike = {
  /** The inputs. */
  readonly inputs: readonly LayersModelNode[];
  /** The layers that they belong to. */
  readonly inputNames: readonly string[];
  /** The outputs. */
  readonly outputs: readonly LayersModelNode[];
  /** The layers that they belong to. */
  readonly outputNames: readonly string[];
  /** Runs the model. */
  apply(inputs: Tensor[], options?: { training?: boolean }): unknown;
};

/** A layers model, and how it is to be called. */
export type LayersModelOptions = DenoiserOptions & {
  /** The model; it stays the caller's. */
  readonly model: LayersModelLike;
};

const where = "layersModelDenoiser";

const nodes = (described: readonly LayersModelNode[], names: readonly string[]): readonly ModelInput[] =>
  described.map(({ shape, dtype }, i) => ({ name: names[i]!, dtype, shape: shape.map((n) => n ?? undefined) }));

/**
 * A TensorFlow.js layers model (Keras) as the samplers take a network, without what layers do in training only: all rows of x
 * at one index t in 1..T of the schedule. Inputs and outputs have the names of their layers. Borrows x; the caller owns each
 * result, [batch, ...dims] like x. It runs on whichever backend is current.
 * @throws RangeError, at once, where the options do not fit the model's inputs and outputs, which it lists; and for an x or t
 *   that the model cannot take, or a result of another shape than x
 */
export const layersModelDenoiser = ({ model, ...options }: LayersModelOptions): ModelDenoiser => {
  const call = callOf(where, nodes(model.inputs, model.inputNames), nodes(model.outputs, model.outputNames), options);
  const at = model.outputNames.indexOf(call.output.name);
  return modelDenoiser(call, (x, t) => {
    const time = call.at(x, t);
    return own(() => {
      const given = feeds(call, x, time, options.labels);
      const made = model.apply(
        model.inputNames.map((name) => given[name]!),
        { training: false },
      );
      const y = (Array.isArray(made) ? made[at] : made) as Tensor;
      call.check(x, y.shape);
      return fromLayout(call.layout, y);
    });
  });
};
