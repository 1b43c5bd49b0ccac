import type { Dispatch, Variable } from "../shaders/shading.ts";
import { declare } from "../shaders/declare.ts";
import type { Pipeline, Pipelines } from "./pipelines.ts";

/** A dispatch whose shader is compiled. */
export type BoundDispatch = Pipeline & {
  /** The variables, in the order of their bindings. */
  readonly bound: readonly Variable[];
  /** Workgroups. */
  readonly groups: readonly [number, number, number];
};

/**
 * Compiles a dispatch.
 * @param sameAs a text that is equal for variables in one place
 * @param most buffers that a shader may have
 * @returns undefined where it has more, or one buffer is seen as two types
 */
export const bind = (
  pipelines: Pipelines,
  op: string,
  dispatch: Dispatch,
  sameAs: (variable: Variable) => string,
  most: number,
): BoundDispatch | undefined => {
  const declared = declare(dispatch, sameAs);
  if (declared === undefined || declared.bound.length > most) return undefined;
  const { wgsl, bound } = declared;
  return { ...pipelines.of(wgsl, bound.length, op), bound, groups: dispatch.groups };
};

/** Buffers, or ranges of them, in the order of their bindings. */
export const bindGroupOf = (
  device: GPUDevice,
  layout: GPUBindGroupLayout,
  resources: readonly GPUBufferBinding[],
): GPUBindGroup =>
  device.createBindGroup({ layout, entries: resources.map((resource, binding) => ({ binding, resource })) });
