import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { Dtype } from "../graph/graph.ts";
import type { Backend } from "./backend.ts";

type KernelFunc = KernelConfig["kernelFunc"];
type Numbers = Float32Array | Int32Array | Uint8Array;

const isNumber = (dtype: string): dtype is Dtype => dtype === "float32" || dtype === "int32" || dtype === "bool";

/** Numbers as another type, in memory of their own; undefined for strings and complex numbers. */
export const converted = (backend: Backend, x: TensorInfo, dtype: string): TensorInfo | undefined => {
  if (!isNumber(x.dtype) || !isNumber(dtype)) return undefined;
  const { dataId, shape } = backend.make(x.shape, dtype);
  const [from, to] = [x.dataId, dataId].map((id) => backend.data.get(id).values) as [Numbers, Numbers];
  if (dtype === "bool") from.forEach((value, i) => (to[i] = value === 0 ? 0 : 1));
  else to.set(from); // towards zero, if they become whole
  return { dataId, shape, dtype };
};

/**
 * The kernel Cast. tfjs's cpu backend shares the numbers where no digits are lost, which works for arrays of JavaScript's
 * numbers only.
 * @param host tfjs's kernel, for strings, complex numbers, and what is of that type already
 */
export const cast =
  (host: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { readonly x: TensorInfo };
    const { dtype } = call.attrs as { readonly dtype: string };
    return (x.dtype === dtype ? undefined : converted(call.backend as Backend, x, dtype)) ?? host(call);
  };
