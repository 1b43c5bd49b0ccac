import {
  type NamedAttrMap,
  type TensorInfo,
  getKernelsForBackend,
  registerKernel,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import type { Attrs, Value } from "../graph/graph.ts";
import { elementwiseNames } from "../graph/passes/elementwiseKernels.ts";
import { NoKernelError } from "../jit/noKernelError.ts";
import { isRecording, recorded, refuseDataDependent } from "../jit/recording.ts";
import { careful } from "../kernels/careful.ts";
import { composites } from "../kernels/composites.ts";
import { type KernelFunc, answer, asList, present, views } from "../kernels/kernel.ts";
import { shaded } from "../shaders/shade.ts";
import { type Gpu, gpuName } from "./gpu.ts";
import type { GpuContext } from "./gpuContext.ts";
import { runShading } from "./runShading.ts";

/** Kernels of which ours runs also outside of recorded functions: those that tfjs lacks, has slowly, or has wrong. */
const ours: ReadonlySet<string> = new Set([
  ...["GroupNorm", "GroupNormGrad", "Attention", "AttentionGrad", "Silu", "SiluGrad", "Noise", "Combine"],
  ...[
    "Conv2DBackpropInput",
    "Conv2DBackpropFilter",
    "Sin",
    "Cos",
    "AddN",
    "Erf",
    "UnsortedSegmentSum",
    "IsFinite",
    "Choose",
    "ArgMax",
  ],
]);

/**
 * Kernels of which ours run in the place of tfjs's for other types than float32. Its Cast may give the same numbers another
 * type without converting them, so that only its own kernels know what they are.
 */
const oursOfOthers: ReadonlySet<string> = new Set(["Transpose", "Cast"]);

/** The context of the backend whose kernels run; a lost device leaves its place to another. */
export type ContextOf = (gpu: Gpu) => GpuContext;

/** Ours where there are shaders and it is better, else tfjs's; while a function is recorded, shapes are all that is wanted. */
const kernelOf =
  (op: string, host: KernelFunc | undefined, contextOf: ContextOf): KernelFunc =>
  ({ inputs, attrs, backend }) => {
    refuseDataDependent(op);
    const entries = present(inputs);
    const tensors = entries.map(([, tensor]) => tensor);
    const settings = (attrs ?? {}) as unknown as Attrs;
    const gpu = backend as Gpu;
    const isOurs = ours.has(op) || (oursOfOthers.has(op) && tensors[0]?.dtype !== "float32");
    const shade = () => contextOf(gpu).shade(op, tensors as readonly TensorInfo[] as readonly Value[], settings);
    // ranges: what is made of no tensor may be computed at once, and is a constant
    if (isRecording() && tensors.length === 0 && host !== undefined && shade() === undefined)
      return host({ inputs, attrs: attrs as NamedAttrMap, backend });
    const run = (): TensorInfo[] => {
      const shading = isRecording() || isOurs ? shade() : undefined;
      if (isRecording()) {
        if (shading === undefined) throw new NoKernelError(op);
        return shading.outputs.map(({ shape, dtype }) => gpu.imagine(shape, dtype));
      }
      const made = shading && runShading(contextOf(gpu), op, shading, tensors);
      if (made !== undefined) return made;
      if (host === undefined) throw new NoKernelError(op);
      return asList(host({ inputs, attrs: attrs as NamedAttrMap, backend }));
    };
    const names = entries.map(([name]) => name);
    return answer(op, recorded(op, names, tensors, settings, run));
  };

/** Wraps every kernel that tfjs has for WebGPU, and adds ours; once. */
export const registerGpuKernels = (contextOf: ContextOf): void => {
  const hosts = new Map(getKernelsForBackend(gpuName).map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]));
  const names = new Set([...hosts.keys(), ...shaded, ...elementwiseNames]);
  names.delete("Elementwise");
  for (const kernelName of names) {
    const host = hosts.get(kernelName);
    const own = views.has(kernelName) ? host! : kernelOf(kernelName, host, contextOf);
    const whole = composites[kernelName]?.(own) ?? own;
    if (host !== undefined) unregisterKernel(kernelName, gpuName);
    registerKernel({ kernelName, backendName: gpuName, kernelFunc: careful(gpuName, kernelName, whole) });
  }
};
