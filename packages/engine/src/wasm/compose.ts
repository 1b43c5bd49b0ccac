import { getKernel, type KernelConfig, type TensorInfo } from "@tensorflow/tfjs-core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";

/** Runs another kernel of the wasm backend; the result is freed when the composition ends, unless it is its result. */
export type Call = (kernel: string, inputs: Readonly<Record<string, TensorInfo>>, attrs?: object) => TensorInfo;

/** What a composition is built from. */
export type Composition<A> = {
  /** Another kernel's result. */
  readonly call: Call;
  /** An uninitialised float32 tensor, freed like the result of `call`. */
  readonly empty: (shape: readonly number[]) => TensorInfo;
  /**
   * A contiguous part of a float32 tensor under another shape, sharing its memory: nothing is copied.
   * It is forgotten when the composition ends, and must not be its result.
   */
  readonly part: (whole: TensorInfo, begin: number, shape: readonly number[]) => TensorInfo;
  /** The numbers of a tensor where they lie. Valid until the next tensor is made: memory may move when it grows. */
  readonly heap: (x: TensorInfo) => Float32Array;
  /** Frees a tensor of `call` or `empty`, or forgets one of `part`, before the end. Others are left alone. */
  readonly free: (x: TensorInfo) => void;
  /** The backend, for kernels that need more. */
  readonly backend: BackendWasm;
  /** The kernel's attributes. */
  readonly attrs: A;
};

/** A kernel's inputs by name. */
export type Inputs = Readonly<Record<string, TensorInfo>>;

/**
 * Makes a kernel for the wasm backend out of its other kernels.
 * @param build borrows the inputs; its result must come from `call` or `empty`
 */
export const composed = <A>(
  kernelName: string,
  build: (inputs: Inputs, composition: Composition<A>) => TensorInfo,
): KernelConfig => ({
  kernelName,
  backendName: "wasm",
  kernelFunc: ({ inputs, backend: any, attrs }) => {
    const backend = any as BackendWasm;
    const made = new Set<TensorInfo>();
    const parts = new Set<TensorInfo>();
    const keep = (x: TensorInfo): TensorInfo => {
      made.add(x);
      return x;
    };
    const call: Call = (kernel, ins, more = {}) =>
      keep(getKernel(kernel, "wasm")!.kernelFunc({ inputs: ins, backend, attrs: more as never }) as TensorInfo);
    const empty = (shape: readonly number[]): TensorInfo => keep(backend.makeOutput([...shape], "float32"));
    const part = (whole: TensorInfo, begin: number, shape: readonly number[]): TensorInfo => {
      const alias = backend.makeOutput([...shape], "float32", backend.getMemoryOffset(whole.dataId) + 4 * begin);
      parts.add(alias);
      return alias;
    };
    const heap = (x: TensorInfo): Float32Array => backend.typedArrayFromHeap(x) as Float32Array;
    const free = (x: TensorInfo): void => {
      if (made.delete(x)) backend.disposeData(x.dataId);
      if (!parts.delete(x)) return;
      backend.wasm.tfjs.disposeData(backend.dataIdMap.get(x.dataId).id);
      backend.dataIdMap.delete(x.dataId);
    };
    try {
      const result = build(inputs as Inputs, { call, empty, part, heap, free, backend, attrs: attrs as A });
      made.delete(result);
      return result;
    } finally {
      for (const x of [...parts, ...made]) free(x);
    }
  },
});
