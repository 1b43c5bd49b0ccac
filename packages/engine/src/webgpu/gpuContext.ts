import type { Shade } from "../shaders/shade.ts";
import type { Gpu } from "./gpu.ts";
import type { GpuArena } from "./gpuArena.ts";
import type { Pipelines } from "./pipelines.ts";

/** What kernels and recorded functions of one device share. */
export type GpuContext = {
  /** The backend. */
  readonly gpu: Gpu;
  /** Its compiled shaders. */
  readonly pipelines: Pipelines;
  /** Turns kernels into shaders for it. */
  readonly shade: Shade;
  /** Memory for what is computed on the way. */
  readonly arena: GpuArena;
};
