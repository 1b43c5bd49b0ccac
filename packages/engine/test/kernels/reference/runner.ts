import type { Numbers } from "./numbers.ts";

/** Runs a kernel on numbers: on our machine for WebAssembly at once, as shaders later. Inputs in the kernel's order. */
export type Runner = (
  op: string,
  inputs: Readonly<Record<string, Numbers>>,
  attrs: object,
) => readonly Numbers[] | Promise<readonly Numbers[]>;
