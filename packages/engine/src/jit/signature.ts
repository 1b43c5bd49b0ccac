import { Tensor } from "@tensorflow/tfjs-core";

/** What a call's arguments look like, apart from the numbers in their tensors. */
export type Signature = {
  /** Equal for calls that can share a recording. */
  readonly key: string;
  /** The tensors, in the order of a walk through the arguments. */
  readonly tensors: readonly Tensor[];
  /** The position of the argument that each of them is in. */
  readonly positions: readonly number[];
  /** The arguments with other tensors in the places of these. */
  readonly rebuild: (tensors: readonly Tensor[]) => readonly unknown[];
};

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
};

/**
 * Walks through the arguments of a recorded function.
 * @throws TypeError naming the place of something that is neither a tensor nor plain data
 */
export const signature = (args: readonly unknown[]): Signature => {
  const tensors: Tensor[] = [];
  const parts: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (value instanceof Tensor) {
      if (value.isDisposed) throw new Error(`jit: ${path} has been disposed; give a tensor that is alive`);
      tensors.push(value);
      parts.push(`${value.dtype}[${value.shape.join()}]`);
    } else if (Array.isArray(value)) {
      parts.push("(");
      value.forEach((child, i) => walk(child, `${path}[${i}]`));
      parts.push(")");
    } else if (typeof value === "object" && value !== null) {
      if (!isPlain(value))
        throw new TypeError(
          `jit: ${path} must be a tensor or plain data, got ${value.constructor.name}; pass its numbers as a tensor`,
        );
      parts.push("{");
      for (const key of Object.keys(value).sort()) {
        parts.push(JSON.stringify(key));
        walk((value as Record<string, unknown>)[key], `${path}.${key}`);
      }
      parts.push("}");
    } else if (typeof value === "function" || typeof value === "symbol")
      throw new TypeError(`jit: ${path} must be a tensor or plain data, got a ${typeof value}; close over functions instead`);
    else parts.push(typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value));
  };
  const positions: number[] = [];
  args.forEach((arg, i) => {
    walk(arg, `argument ${i}`);
    while (positions.length < tensors.length) positions.push(i);
  });
  const rebuild = (given: readonly Tensor[]): readonly unknown[] => {
    let next = 0;
    const build = (value: unknown): unknown => {
      if (value instanceof Tensor) return given[next++];
      if (Array.isArray(value)) return value.map(build);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((key) => [key, build((value as Record<string, unknown>)[key])]),
      );
    };
    return args.map(build);
  };
  return { key: parts.join(" "), tensors, positions, rebuild };
};
