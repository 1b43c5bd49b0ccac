import type { Tensor } from "@tensorflow/tfjs-core";
import type { Attrs } from "../graph/graph.ts";
import { checkArguments } from "./checkArguments.ts";
import { type KernelFunc, present } from "./kernel.ts";

/** tfjs would say "Cannot read properties of undefined": the data of such a tensor is gone. */
const refuseDisposed = (backendName: string, op: string, tensors: readonly Partial<Tensor>[]): void => {
  const gone = tensors.find(({ isDisposed }) => isDisposed === true);
  if (gone === undefined) return;
  throw new Error(
    `${backendName} backend: ${op} was given a tensor [${gone.shape!.join(", ")}] that has been disposed; ` +
      `dispose of it later, or keep a clone`,
  );
};

/** A kernel that does not begin before its inputs are alive and fit each other. */
export const careful =
  (backendName: string, op: string, kernel: KernelFunc): KernelFunc =>
  (call) => {
    const tensors = present(call.inputs).map(([, tensor]) => tensor);
    refuseDisposed(backendName, op, tensors);
    checkArguments(op, tensors, (call.attrs ?? {}) as unknown as Attrs);
    return kernel(call);
  };
