import {
  type NamedAttrMap,
  type TensorInfo,
  getKernelsForBackend,
  registerKernel,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import type { Attrs, Value } from "../graph/graph.ts";
import { lower, lowered } from "../commands/lower.ts";
import { elementwiseNames } from "../graph/passes/elementwiseKernels.ts";
import { isRecording, recorded, refuseDataDependent } from "../jit/recording.ts";
import { type Backend, backendName } from "./backend.ts";
import { cast } from "./cast.ts";
import { careful } from "../kernels/careful.ts";
import { type KernelFunc, answer, asList, present, views } from "../kernels/kernel.ts";
import { execute } from "./execute.ts";
import { onMachine } from "./onMachine.ts";
import { composites } from "../kernels/composites.ts";

/** The kernel on the machine where it has commands, else as tfjs's cpu backend computes it. */
const kernelOf = (op: string, host: KernelFunc | undefined): KernelFunc => {
  return ({ inputs, attrs, backend }) => {
    refuseDataDependent(op);
    const entries = present(inputs);
    const tensors = entries.map(([, tensor]) => tensor);
    const settings = (attrs ?? {}) as unknown as Attrs;
    const run = (): TensorInfo[] => {
      const lowering = lower(op, tensors as readonly TensorInfo[] as readonly Value[], settings);
      if (lowering !== undefined && isRecording())
        // shapes are all that a recording wants: nothing is computed
        return lowering.outputs.map(({ shape, dtype }) => (backend as Backend).imagine(shape, dtype));
      if (lowering !== undefined) return execute(backend as Backend, lowering, tensors);
      if (host === undefined) throw new Error(`nonmarkov backend: ${op} has no kernel for these shapes and types`);
      return asList(host({ inputs, attrs: attrs as NamedAttrMap, backend }));
    };
    const outputs = recorded(
      op,
      entries.map(([name]) => name),
      tensors,
      settings,
      run,
    );
    return answer(op, outputs);
  };
};

/** Runs a kernel of this backend that passes have left to tfjs's cpu kernels. */
export const hostKernel = (op: string): KernelFunc | undefined => hosts.get(op);

const hosts = new Map<string, KernelFunc>();

/** Registers every kernel of the backend; once. */
export const registerKernels = (): void => {
  if (hosts.size > 0) return;
  for (const { kernelName, kernelFunc } of getKernelsForBackend("cpu")) hosts.set(kernelName, onMachine(kernelFunc));
  hosts.set("Cast", cast(hosts.get("Cast")!));
  const names = new Set([...hosts.keys(), ...lowered, ...elementwiseNames]);
  names.delete("Elementwise");
  for (const { kernelName } of getKernelsForBackend(backendName)) unregisterKernel(kernelName, backendName);
  for (const kernelName of names) {
    const host = hosts.get(kernelName);
    const own = views.has(kernelName) ? host! : kernelOf(kernelName, host);
    const kernelFunc = careful(backendName, kernelName, composites[kernelName]?.(own) ?? own);
    registerKernel({ kernelName, backendName, kernelFunc });
  }
};
