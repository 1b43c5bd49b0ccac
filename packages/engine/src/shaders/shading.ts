import type { Value } from "../graph/graph.ts";
import type { ManyShading } from "./many.ts";

/** A buffer of a kernel: one of its inputs, outputs, temporaries, or tables. */
export type Place = {
  /** Which list the buffer is in. */
  readonly in: "inputs" | "outputs" | "temporaries" | "tables";
  /** Its index there. */
  readonly index: number;
};

/** What a shader sees in a buffer: an array of these, from the buffer's beginning. Bools are i32, 0 or 1. */
export type Element = "f32" | "i32" | "u32" | "vec2<f32>" | "vec2<u32>" | "vec4<f32>" | "vec4<i32>" | "vec4<u32>";

/** A buffer by the name that the shader has for it. */
export type Variable = {
  /** An identifier of WGSL. */
  readonly name: string;
  /** The type of its elements. */
  readonly type: Element;
  /** Which buffer it is. */
  readonly place: Place;
};

/**
 * One dispatch. The executor declares the variables (`var<storage, read_write> name : array<type>`), because buffers that
 * are the same must be declared once: the body must not declare them, nor use their names for anything else.
 */
export type Dispatch = {
  /** The buffers that it reads and writes, at most 8 for any adapter to run it. */
  readonly variables: readonly Variable[];
  /** WGSL besides the variables, with the entry point `main`; sizes are constants in it. */
  readonly body: string;
  /** Workgroups, each at most 65535. */
  readonly groups: readonly [number, number, number];
};

/** A kernel turned into shaders, for any buffers: what eager execution and recorded graphs share. */
export type Shading = {
  /** The values it makes. */
  readonly outputs: readonly Value[];
  /** Bytes of the memory that it needs meanwhile; not zeroed. */
  readonly temporaries: readonly number[];
  /** Constant numbers that shaders read. */
  readonly tables: readonly Uint32Array[];
  /** What runs first where the same is done to many tensors. */
  readonly many?: ManyShading;
  /** What runs, in this order, each after the one before has written everything. */
  readonly dispatches: readonly Dispatch[];
  /** Pairs [input, output] of which the output may be written over the input: it is read place by place. */
  readonly inPlace?: readonly (readonly [number, number])[];
};

/** An input as a variable. */
export const input = (index: number, name: string, type: Element = "f32"): Variable => ({
  name,
  type,
  place: { in: "inputs", index },
});

/** An output as a variable. */
export const output = (index: number, name: string, type: Element = "f32"): Variable => ({
  name,
  type,
  place: { in: "outputs", index },
});

/** A temporary as a variable. */
export const temporary = (index: number, name: string, type: Element = "f32"): Variable => ({
  name,
  type,
  place: { in: "temporaries", index },
});

/** A table as a variable. */
export const table = (index: number, name: string, type: Element = "u32"): Variable => ({
  name,
  type,
  place: { in: "tables", index },
});

/** Workgroups of one dimension as two, where they are more than a dimension may have; some of the last may be too many. */
export const groupsOf = (count: number): readonly [number, number, number] => {
  const rows = Math.max(1, Math.ceil(count / 65_535));
  return [Math.ceil(count / rows), rows, 1];
};

/**
 * An entry point of workgroups of `size` threads along one dimension: `body` sees `local` (the thread in its workgroup) and
 * `group` (the workgroup's number, whatever {@link groupsOf} did to it), both u32. Workgroups that are too many must be
 * turned away by the body.
 */
export const entry = (size: number, body: string): string => `
@compute @workgroup_size(${size})
fn main(@builtin(workgroup_id) workgroup : vec3<u32>, @builtin(num_workgroups) workgroups : vec3<u32>,
        @builtin(local_invocation_index) local : u32) {
  let group = workgroup.y * workgroups.x + workgroup.x;
${body}
}`;

/** A number as an f32 in WGSL; it must be finite. */
export const f32 = (value: number): string => {
  const rounded = Math.fround(value);
  if (!Number.isFinite(rounded)) throw new RangeError(`f32: must be finite, got ${value}`);
  const text = String(rounded);
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
};
