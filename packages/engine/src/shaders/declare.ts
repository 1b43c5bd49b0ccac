import type { Dispatch, Variable } from "./shading.ts";

/** A dispatch with one variable for each buffer. */
export type Declared = {
  /** The whole module. */
  readonly wgsl: string;
  /** The variables that are bound, in the order of their bindings. */
  readonly bound: readonly Variable[];
};

/**
 * The WGSL of a dispatch. Variables whose buffers are the same become one: a buffer may be bound once where it is written,
 * and buffers in one arena all count as written.
 * @param sameAs a text that is equal for variables in one place
 * @returns undefined if one buffer is seen as two types
 */
export const declare = (
  { variables, body }: Dispatch,
  sameAs: (variable: Variable) => string,
): Declared | undefined => {
  const first = new Map<string, Variable>();
  const bound: Variable[] = [];
  let text = body;
  for (const variable of variables) {
    const key = sameAs(variable);
    const known = first.get(key);
    if (known === undefined) {
      first.set(key, variable);
      bound.push(variable);
      continue;
    }
    if (known.type !== variable.type) return undefined;
    text = text.replace(new RegExp(`\\b${variable.name}\\b`, "g"), known.name);
  }
  const declarations = bound.map(
    ({ name, type }, i) => `@group(0) @binding(${i}) var<storage, read_write> ${name} : array<${type}>;`,
  );
  return { wgsl: [...declarations, text].join("\n"), bound };
};
