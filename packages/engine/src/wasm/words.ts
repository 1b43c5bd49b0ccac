import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";

/** Whether a tensor's numbers take 32 bits each. */
export const hasWords = (x: TensorInfo): boolean => x.dtype === "float32" || x.dtype === "int32";

/** The 32-bit numbers of a tensor where they lie, to be moved and not computed with: the same code for every type. */
export const words = (x: TensorInfo, backend: BackendWasm): Int32Array =>
  backend.typedArrayFromHeap({ ...x, dtype: "int32" }) as Int32Array;
