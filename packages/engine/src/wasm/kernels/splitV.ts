import { backend_util, getKernel, util, type KernelConfig, type TensorInfo } from "@tensorflow/tfjs-core";

/** Parts of x along an axis, each a slice. */
export const splitV: KernelConfig = {
  kernelName: "SplitV",
  backendName: "wasm",
  kernelFunc: ({ inputs, backend, attrs }) => {
    const { x } = inputs as Readonly<Record<"x", TensorInfo>>;
    const { numOrSizeSplits, axis } = attrs as { readonly numOrSizeSplits: number | number[]; readonly axis: number };
    const along = util.parseAxisParam(axis, x.shape)[0]!;
    const lengths = backend_util.prepareSplitSize(x as never, numOrSizeSplits, along);
    const { kernelFunc } = getKernel("Slice", "wasm")!;
    let start = 0;
    return lengths.map((length) => {
      const begin = x.shape.map((_, i) => (i === along ? start : 0));
      const size = x.shape.map((n, i) => (i === along ? length : n));
      start += length;
      return kernelFunc({ inputs: { x }, backend, attrs: { begin, size } }) as TensorInfo;
    });
  },
};
