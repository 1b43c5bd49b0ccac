import type { KernelConfig, NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { Backend } from "./backend.ts";
import { converted } from "./cast.ts";

type KernelFunc = KernelConfig["kernelFunc"];

/** Some kernels say int32 of numbers that they have stored as float32, which are the same thing in JavaScript only. */
const asTold = (backend: Backend, info: TensorInfo): TensorInfo => {
  const { dtype } = backend.data.get(info.dataId);
  if (dtype === info.dtype) return info;
  const told = converted(backend, { ...info, dtype }, info.dtype);
  if (told === undefined) return info;
  backend.disposeData(info.dataId);
  return told;
};

/** The list that a kernel with numbered inputs expects. */
const listed = (inputs: object): object => (!Array.isArray(inputs) && "0" in inputs ? Object.values(inputs) : inputs);

/**
 * A kernel of tfjs's cpu backend, for the machine's memory: results have the types that it tells, and inputs may be named
 * by their numbers, as recordings have them.
 */
export const onMachine =
  (kernel: KernelFunc): KernelFunc =>
  ({ inputs, ...call }) => {
    const made = kernel({ ...call, inputs: listed(inputs) as NamedTensorInfoMap });
    const told = [made].flat().map((info) => asTold(call.backend as Backend, info as TensorInfo));
    return Array.isArray(made) ? told : told[0]!;
  };
