import { type KernelConfig, type NumericDataType, slice_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";

/** What tfjs gives to a slice; -1 in size is "to the end". */
type Attributes = { readonly begin: number | number[]; readonly size: number | number[] };

/** Runs shorter than this are copied number by number: a call for each would cost more. */
const SHORT = 24;

/**
 * A part of a tensor of numbers, copied run by run. tfjs's wasm backend first copies the whole tensor, so that cutting a
 * vector of all parameters into a hundred pieces takes a hundred copies of it.
 */
export const slice: KernelConfig = {
  kernelName: "Slice",
  backendName: "wasm",
  kernelFunc: ({ inputs, backend: any, attrs }) => {
    const backend = any as BackendWasm;
    const x = inputs["x"] as TensorInfo;
    if (x.dtype === "string") throw new Error("slice: tensors must be of numbers here, got strings");
    const wanted = attrs as unknown as Attributes;
    const [begin, size] = slice_util.parseSliceParams(x as never, wanted.begin, wanted.size) as [number[], number[]];
    const result = backend.makeOutput(size, x.dtype as NumericDataType);
    const from = backend.typedArrayFromHeap(x);
    const to = backend.typedArrayFromHeap(result);
    const strides = [...util.computeStrides(x.shape), 1];
    // the axes behind `axis` are taken whole, so what is taken of `axis` is one run
    let axis = x.shape.length - 1;
    while (axis > 0 && size[axis] === x.shape[axis]) axis--;
    const run = (size[axis] ?? 1) * (strides[axis] ?? 1);
    for (let at = 0; at < to.length; at += run) {
      let source = 0;
      for (let k = axis, rest = at / run; k >= 0; k--) {
        const index = k === axis ? 0 : rest % size[k]!;
        if (k < axis) rest = Math.floor(rest / size[k]!);
        source += (begin[k]! + index) * strides[k]!;
      }
      if (run >= SHORT) to.set(from.subarray(source, source + run), at);
      else for (let i = 0; i < run; i++) to[at + i] = from[source + i]!;
    }
    return result;
  },
};
