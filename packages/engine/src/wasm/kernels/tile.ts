import { util, type KernelConfig, type TensorInfo } from "@tensorflow/tfjs-core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { hasWords, words } from "../words.ts";
import { copyRows } from "./copyRows.ts";

/** Repeats rows of `length` words, each `times` times. */
const repeated = (x: TensorInfo, length: number, times: number, backend: BackendWasm): TensorInfo => {
  const total = util.sizeFromShape(x.shape);
  const out = backend.makeOutput([total * times], x.dtype);
  const [from, to] = [words(x, backend), words(out, backend)];
  const rows = { count: total / length, length, source: 0, sourceStep: length, targetStep: length * times };
  for (let i = 0; i < times; i++) copyRows(from, to, { ...rows, target: i * length });
  return out;
};

/**
 * Repeats a tensor along its axes, the last one first: tfjs's own computes an index per number.
 * @param own tfjs's kernel, for other types
 */
export const tile = (own: KernelConfig): KernelConfig => ({
  ...own,
  kernelFunc: (params) => {
    const { x } = params.inputs as Readonly<Record<"x", TensorInfo>>;
    const { reps } = params.attrs as { readonly reps: readonly number[] };
    const backend = params.backend as BackendWasm;
    if (!hasWords(x) || util.sizeFromShape(x.shape) * util.sizeFromShape([...reps]) === 0)
      return own.kernelFunc(params);
    backend.incRef(x.dataId);
    let out: TensorInfo = x;
    let run = 1;
    for (let axis = reps.length - 1; axis >= 0; axis--) {
      run *= x.shape[axis]!;
      if (reps[axis] !== 1) {
        const next = repeated(out, run, reps[axis]!, backend);
        backend.disposeData(out.dataId);
        out = next;
      }
      run *= reps[axis]!;
    }
    return { dataId: out.dataId, dtype: x.dtype, shape: x.shape.map((n, axis) => n * reps[axis]!) };
  },
});
