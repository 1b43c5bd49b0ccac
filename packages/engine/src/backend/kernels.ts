import {
  type KernelConfig,
  type NamedAttrMap,
  type Tensor,
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
import { checkArguments } from "./checkArguments.ts";
import { execute } from "./execute.ts";
import { onMachine } from "./onMachine.ts";
import { composites } from "./composites.ts";

type KernelFunc = KernelConfig["kernelFunc"];

/** Kernels that give the same numbers another shape: no work, and nothing to record. */
const views = new Set(["Identity", "Reshape", "ExpandDims"]);

const asList = (outputs: TensorInfo | TensorInfo[]): TensorInfo[] => (Array.isArray(outputs) ? outputs : [outputs]);

/** Inputs that are there, with their names. */
const present = (inputs: object): [string, TensorInfo][] =>
  Object.entries(inputs as Record<string, TensorInfo | undefined>).filter(
    (entry): entry is [string, TensorInfo] => entry[1] !== undefined && entry[1] !== null,
  );

/** tfjs would say "Cannot read properties of undefined": the data of such a tensor is gone. */
const refuseDisposed = (op: string, tensors: readonly Partial<Tensor>[]): void => {
  const gone = tensors.find(({ isDisposed }) => isDisposed === true);
  if (gone === undefined) return;
  throw new Error(
    `nonmarkov backend: ${op} was given a tensor [${gone.shape!.join(", ")}] that has been disposed; ` +
      `dispose of it later, or keep a clone`,
  );
};

/** A kernel that does not begin before its inputs are alive and fit each other. */
const careful =
  (op: string, kernel: KernelFunc): KernelFunc =>
  (call) => {
    const tensors = present(call.inputs).map(([, tensor]) => tensor);
    refuseDisposed(op, tensors);
    checkArguments(op, tensors, (call.attrs ?? {}) as unknown as Attrs);
    return kernel(call);
  };

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
    return outputs.length === 1 && !multiple.has(op) ? outputs[0]! : outputs;
  };
};

/** Kernels that answer with a list, however many results there are. */
const multiple = new Set(["Unpack", "SplitV", "GroupNorm", "GroupNormGrad", "Attention", "AttentionGrad"]);

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
    const kernelFunc = careful(kernelName, composites[kernelName]?.(own) ?? own);
    registerKernel({ kernelName, backendName, kernelFunc });
  }
};
