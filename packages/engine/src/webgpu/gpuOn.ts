import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import type { Value } from "../graph/graph.ts";
import { type Executor, registerExecutor } from "../jit/executor.ts";
import { splitConcats } from "../graph/passes/splitConcats.ts";
import { addConvolutions } from "../graph/passes/addConvolutions.ts";
import { halveWeights } from "../graph/passes/halveWeights.ts";
import { joinSums } from "../graph/passes/joinSums.ts";
import { fuseMany } from "../graph/passes/fuseMany.ts";
import { fitsDenseMany } from "../shaders/denseMany.ts";
import { makeShade, type ShadeOptions } from "../shaders/shade.ts";
import { asGpu } from "./asGpu.ts";
import { compileForGpu } from "./compileForGpu.ts";
import type { Gpu } from "./gpu.ts";
import { makeGpuArena } from "./gpuArena.ts";
import type { GpuContext } from "./gpuContext.ts";
import { registerGpuKernels } from "./gpuKernels.ts";
import { makePipelines } from "./pipelines.ts";
import { runShading } from "./runShading.ts";

const contexts = new WeakMap<Gpu, GpuContext>();
let registered = false;

/** Shaders have registers enough for long programs; their buffers are counted. */
const limitsOf = ({ gpu }: GpuContext): Executor["limits"] => {
  const buffers = gpu.device.limits.maxStorageBuffersPerShaderStage;
  // one for the table of a kernel of many members; a kernel with an epilogue has two inputs of its own
  const programs = { inputs: buffers, outputs: buffers, instructions: 160, registers: 40, buffers: buffers - 1 };
  return { programs, epilogues: { ...programs, instructions: 60, buffers: buffers - 2 } };
};

/** Recorded functions on a GPU. */
const executor = (context: GpuContext): Executor => ({
  backend: context.gpu,
  imagine: context.gpu.imagine,
  scalarOf: (dataId) => (context.gpu.hostValues(dataId) as Float32Array | undefined)?.[0],
  evaluate: ({ op, attrs }, inputs) => {
    const shading = context.shade(op, inputs as readonly Value[], attrs);
    return shading && runShading(context, op, shading, inputs);
  },
  prepare: joinSums,
  limits: limitsOf(context),
  finish: (graph, weights) => {
    const buffers = context.gpu.device.limits.maxStorageBuffersPerShaderStage;
    const fused = fuseMany(splitConcats(addConvolutions(graph, buffers), buffers), fitsDenseMany);
    return weights === "float16" ? halveWeights(fused) : fused;
  },
  compile: (graph, _keep, overwritable) => compileForGpu(context, graph, overwritable),
});

/**
 * Lets tfjs's WebGPU backend record functions, and puts our kernels in the place of those that it lacks or has slowly.
 */
export const gpuOn = (backend: WebGPUBackend, options: ShadeOptions = {}): Gpu => {
  const gpu = asGpu(backend);
  const { device } = gpu;
  const context = { gpu, pipelines: makePipelines(device), shade: makeShade(options), arena: makeGpuArena(gpu) };
  contexts.set(gpu, context);
  registerExecutor(executor(context));
  if (!registered) registerGpuKernels((of) => contexts.get(of)!);
  registered = true;
  return gpu;
};
