import { own, type Tensor } from "@nonmarkov/autodiff";
import { type Call, callOf } from "./call.ts";
import type { DenoiserOptions } from "./denoiserOptions.ts";
import { feeds } from "./feeds.ts";
import { fromLayout } from "./layout.ts";
import { type ModelDenoiser, modelDenoiser } from "./modelDenoiser.ts";
import type { ModelInput } from "./modelInput.ts";

/** What a TensorFlow.js GraphModel says of an input or output. */
export type GraphModelNode = {
  /** The node's name. */
  readonly name: string;
  /** Lengths of its axes; -1 or null for any. */
  readonly shape?: readonly (number | null)[];
  /** Type of its numbers. */
  readonly dtype: string;
};

/** What is used of a TensorFlow.js GraphModel (of @tensorflow/tfjs-converter); every one of them fits. */
export type GraphModelLike = {
  /** The inputs. */
  readonly inputs: readonly GraphModelNode[];
  /** The outputs. */
  readonly outputs: readonly GraphModelNode[];
  /** The names that the SavedModel had for inputs and outputs, of which the converter keeps a table. */
  readonly modelSignature: object;
  /** Runs the graph at once. */
  execute(inputs: { [name: string]: Tensor }, outputs?: string | string[]): Tensor | Tensor[];
  /** Runs a graph with control flow, or whose shapes depend on values. */
  executeAsync(inputs: { [name: string]: Tensor }, outputs?: string | string[]): Promise<Tensor | Tensor[]>;
};

/** A graph model, and how it is to be called. */
export type GraphModelOptions = DenoiserOptions & {
  /** The model; it stays the caller's. */
  readonly model: GraphModelLike;
};

const where = "graphModelDenoiser";

type Signature = { readonly [key: string]: { readonly name?: string; readonly resourceId?: unknown } | undefined };

/** The converter's table, name of the SavedModel to entry. */
const signature = ({ modelSignature }: GraphModelLike, of: "inputs" | "outputs"): Signature =>
  ((modelSignature ?? {}) as { readonly [of in "inputs" | "outputs"]?: Signature })[of] ?? {};

/** Inputs or outputs, without those for the model's own resources. */
const nodes = (model: GraphModelLike, of: "inputs" | "outputs"): readonly ModelInput[] => {
  const table = Object.values(signature(model, of));
  return model[of].flatMap(({ name, shape, dtype }) => {
    const entry = table.find((known) => known?.name?.split(":")[0] === name);
    if (entry?.resourceId !== undefined) return [];
    return [{ name, dtype, shape: shape?.map((n) => (n === null || n < 0 ? undefined : n)) }];
  });
};

/** A node's name; the SavedModel's name for it is understood as well. */
const nodeName = (model: GraphModelLike, of: "inputs" | "outputs", name: string): string =>
  model[of].some((node) => node.name === name) ? name : (signature(model, of)[name]?.name?.split(":")[0] ?? name);

const withNodeNames = (model: GraphModelLike, { inputs = {}, output, ...rest }: DenoiserOptions): DenoiserOptions => ({
  ...rest,
  inputs: Object.fromEntries(
    Object.entries(inputs).flatMap(([role, name]) =>
      name === undefined ? [] : [[role, nodeName(model, "inputs", name)]],
    ),
  ),
  ...(output === undefined ? {} : { output: nodeName(model, "outputs", output) }),
});

const single = (y: Tensor | Tensor[]): Tensor => (Array.isArray(y) ? y[0]! : y);

/** Whether an error of `execute`, which was thrown before anything ran, asks for `executeAsync`. */
const wantsAsync = (error: unknown): boolean =>
  error instanceof Error && /dynamic op .*executeAsync/.test(error.message);

const evaluateAsync = async (call: Call, model: GraphModelLike, x: Tensor, t: number, labels: Tensor | undefined) => {
  const time = call.at(x, t);
  const given = own(() => feeds(call, x, time, labels));
  let y: Tensor | undefined;
  try {
    y = single(await model.executeAsync(given, call.output.name));
    const made = y;
    call.check(x, made.shape);
    return own(() => fromLayout(call.layout, made));
  } finally {
    for (const tensor of Object.values(given)) tensor.dispose();
    if (y !== undefined && !y.isDisposed) y.dispose(); // disposed already where it was one of the inputs
  }
};

/**
 * A TensorFlow.js graph model as the samplers take a network: all rows of x at one index t in 1..T of the schedule. Borrows
 * x; the caller owns each result, [batch, ...dims] like x. It runs at once, on whichever backend is current; where the graph
 * has control flow or shapes that depend on values, results are promises, and tfjs keeps what it had made if it throws.
 * @throws RangeError, at once, where the options do not fit the model's inputs and outputs, which it lists; and for an x or t
 *   that the model cannot take, or a result of another shape than x
 */
export const graphModelDenoiser = ({ model, ...options }: GraphModelOptions): ModelDenoiser => {
  const call = callOf(where, nodes(model, "inputs"), nodes(model, "outputs"), withNodeNames(model, options));
  const { labels } = options;
  let asynchronous = false;
  return modelDenoiser(call, (x, t) => {
    if (asynchronous) return evaluateAsync(call, model, x, t, labels);
    const time = call.at(x, t);
    try {
      return own(() => {
        const y = single(model.execute(feeds(call, x, time, labels), call.output.name));
        call.check(x, y.shape);
        return fromLayout(call.layout, y);
      });
    } catch (error) {
      if (!wantsAsync(error)) throw error;
      asynchronous = true;
      return evaluateAsync(call, model, x, t, labels);
    }
  });
};
