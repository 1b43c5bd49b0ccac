import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import type { Dtype } from "../graph/graph.ts";
import type { Backend } from "./backend.ts";

type KernelFunc = KernelConfig["kernelFunc"];

const isNumber = (dtype: string): dtype is Dtype => dtype === "float32" || dtype === "int32" || dtype === "bool";

/**
 * Numbers as another type, in memory of their own: tfjs's cpu backend shares it where no digits are lost, which works for
 * arrays of JavaScript's numbers only.
 * @param host tfjs's kernel, for strings, complex numbers, and what is of that type already
 */
export const cast =
  (host: KernelFunc): KernelFunc =>
  (call) => {
    const { x } = call.inputs as { readonly x: TensorInfo };
    const { dtype } = call.attrs as { readonly dtype: string };
    if (x.dtype === dtype || !isNumber(x.dtype) || !isNumber(dtype)) return host(call);
    const backend = call.backend as Backend;
    const { dataId, shape } = backend.make(x.shape, dtype);
    const numbers = (id: TensorInfo["dataId"]) => backend.data.get(id).values as Float32Array | Int32Array | Uint8Array;
    const [from, to] = [numbers(x.dataId), numbers(dataId)];
    if (dtype === "bool") from.forEach((value, i) => (to[i] = value === 0 ? 0 : 1));
    else to.set(from); // towards zero, if they become whole
    return { dataId, shape, dtype };
  };
