import { ops, own } from "@nonmarkov/autodiff";
import { callOf } from "./call.ts";
import type { DenoiserOptions } from "./denoiserOptions.ts";
import { fromLayout, shapeIn, toLayout } from "./layout.ts";
import { type ModelDenoiser, modelDenoiser } from "./modelDenoiser.ts";
import type { ModelInput } from "./modelInput.ts";
import type { Time } from "./time.ts";

/** A tensor of ONNX Runtime. */
export type OnnxTensor = {
  /** Lengths of its axes. */
  readonly dims: readonly number[];
  /** Type of its numbers. */
  readonly type: string;
  /** Its numbers. */
  readonly data: unknown;
};

/** What ONNX Runtime says of an input or output. */
export type OnnxValue = {
  /** Its name. */
  readonly name: string;
  /** Whether it is a tensor. */
  readonly isTensor: boolean;
  /** Type of its numbers. */
  readonly type?: string;
  /** Lengths of its axes; a name for any. */
  readonly shape?: readonly (number | string)[];
};

/** What is used of an InferenceSession of onnxruntime-node, onnxruntime-web or another of them. */
export type OnnxSession = {
  /** The inputs. */
  readonly inputMetadata: readonly OnnxValue[];
  /** The outputs. */
  readonly outputMetadata: readonly OnnxValue[];
  /** Runs the graph. */
  run(
    feeds: { readonly [name: string]: never },
    fetches: readonly string[],
  ): Promise<{ readonly [name: string]: OnnxTensor }>;
  /** Frees it. */
  release(): Promise<void>;
};

/** The class Tensor of the library that the session is of. */
export type OnnxTensorClass = new (
  type: "float32" | "int32" | "int64",
  data: never,
  dims: readonly number[],
) => OnnxTensor;

/** A session, with the class of its tensors: what `openOnnx` gives, or `{ session, Tensor: ort.Tensor }`. */
export type OnnxModel = {
  /** The session; it stays the caller's, who releases it. */
  readonly session: OnnxSession;
  /** The class Tensor of the library that the session is of. */
  readonly Tensor: OnnxTensorClass;
};

/** An ONNX model, and how it is to be called. */
export type OnnxOptions = DenoiserOptions & {
  /** The model. */
  readonly model: OnnxModel;
};

const where = "onnxDenoiser";

const valuesOf = (metadata: readonly OnnxValue[]): readonly ModelInput[] =>
  metadata.map(({ name, isTensor, type, shape }) => ({
    name,
    dtype: isTensor ? (type ?? "unknown") : "no tensor",
    shape: isTensor ? shape?.map((n) => (typeof n === "number" && n >= 0 ? n : undefined)) : undefined,
  }));

const timeData = ({ value, shape, dtype }: Time): Float32Array | Int32Array | BigInt64Array => {
  const size = shape[0] ?? 1;
  if (dtype === "float32") return new Float32Array(size).fill(value);
  return dtype === "int32" ? new Int32Array(size).fill(value) : new BigInt64Array(size).fill(BigInt(value));
};

/** Classes in the type that the model wants. */
const labelData = (values: ArrayLike<number>, dtype: string): Float32Array | Int32Array | BigInt64Array => {
  if (dtype === "int64") return BigInt64Array.from(Array.from(values, BigInt));
  return dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values);
};

/**
 * An ONNX model in ONNX Runtime as the samplers take a network: all rows of x at one index t in 1..T of the schedule. Borrows
 * x; the caller owns each result, [batch, ...dims] like x, on the current backend. Each evaluation takes x out of the backend
 * and the result back.
 * @throws RangeError, at once, where the options do not fit the model's inputs and outputs, which it lists; and for an x or t
 *   that the model cannot take, or a result of another shape or type than x
 */
export const onnxDenoiser = ({ model: { session, Tensor }, ...options }: OnnxOptions): ModelDenoiser => {
  const call = callOf(where, valuesOf(session.inputMetadata), valuesOf(session.outputMetadata), options);
  const { roles, layout, output } = call;
  const make = (type: "float32" | "int32" | "int64", data: object, dims: readonly number[]): OnnxTensor =>
    new Tensor(type, data as never, dims);
  return modelDenoiser(call, async (x, t) => {
    const time = call.at(x, t);
    const given = own(() => toLayout(layout, x));
    try {
      const dims = shapeIn(layout, x.shape);
      const data = await given.data();
      const labels = roles.labels === undefined ? undefined : await options.labels!.data();
      const made = await session.run(
        {
          [roles.x.name]: make("float32", data, dims),
          [roles.t.name]: make(time.dtype, timeData(time), time.shape),
          ...(labels === undefined || roles.labels === undefined
            ? {}
            : {
                [roles.labels.name]: make(
                  roles.labels.dtype as "int64",
                  labelData(labels, roles.labels.dtype),
                  options.labels!.shape,
                ),
              }),
        } as { readonly [name: string]: never },
        [output.name],
      );
      const y = made[output.name]!;
      call.check(x, y.dims);
      if (y.type !== "float32")
        throw new RangeError(`${where}: the model's output must be float32, got ${y.type}; convert it to float32`);
      return own(() => fromLayout(layout, ops.tensor(y.data as Float32Array, [...y.dims], "float32")));
    } finally {
      given.dispose();
    }
  });
};
