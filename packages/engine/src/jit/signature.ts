import { Tensor } from "@tensorflow/tfjs-core";

/** What a call's arguments look like, apart from the numbers in their tensors. */
export type Signature = {
  /** Equal for calls that can share a recording. */
  readonly key: string;
  /** The tensors, in the order of a walk through the arguments. */
  readonly tensors: readonly Tensor[];
  /** Indices of the tensors that are in the arguments at these positions. */
  readonly at: (positions: readonly number[]) => ReadonlySet<number>;
  /** The arguments with other tensors in the places of these. */
  readonly rebuild: (tensors: readonly Tensor[]) => readonly unknown[];
};

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
};

/** One argument's part of a signature, and everything that a walk through it meets, to see that it is still the same. */
type Part = { readonly key: string; readonly tensors: readonly Tensor[]; readonly met: readonly unknown[] };

/** The parts of trees that have been given before: the same parameters come again at every evaluation. */
const known = new WeakMap<object, Part>();

/** Everything in a tree in the order of its own keys: names, leaves, and how long its lists are. */
const meet = (value: unknown, into: (thing: unknown) => void): void => {
  if (typeof value !== "object" || value === null || value instanceof Tensor) into(value);
  else if (Array.isArray(value)) {
    into(value.length);
    for (const child of value) meet(child, into);
  } else
    for (const key in value) {
      into(key);
      meet((value as Record<string, unknown>)[key], into);
    }
};

/** Whether a tree, which might have been changed in place, still consists of these things. */
const isStill = (tree: object, met: readonly unknown[]): boolean => {
  let at = 0;
  let same = true;
  meet(tree, (thing) => {
    if (!Object.is(met[at++], thing)) same = false;
  });
  return same && at === met.length;
};

const partOf = (arg: unknown, position: number): Part => {
  const isTree = typeof arg === "object" && arg !== null && !(arg instanceof Tensor);
  const before = isTree ? known.get(arg) : undefined;
  if (before !== undefined && isStill(arg as object, before.met)) return before;
  const tensors: Tensor[] = [];
  const parts: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (value instanceof Tensor) {
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
      throw new TypeError(
        `jit: ${path} must be a tensor or plain data, got a ${typeof value}; close over functions instead`,
      );
    else
      parts.push(
        typeof value === "string"
          ? JSON.stringify(value)
          : Object.is(value, -0)
            ? "-0"
            : `${String(value)}${typeof value === "bigint" ? "n" : ""}`,
      );
  };
  walk(arg, `argument ${position}`);
  const met: unknown[] = [];
  if (isTree) meet(arg, (thing) => void met.push(thing));
  const part = { key: parts.join(" "), tensors, met };
  if (isTree && tensors.length > 0) known.set(arg, part);
  return part;
};

/**
 * Walks through the arguments of a recorded function.
 * @throws TypeError naming the place of something that is neither a tensor nor plain data; Error if a tensor has been
 *   disposed
 */
export const signature = (args: readonly unknown[]): Signature => {
  const parts = args.map(partOf);
  parts.forEach((part, i) => {
    if (part.tensors.some((tensor) => tensor.isDisposed))
      throw new Error(`jit: argument ${i} has a tensor that has been disposed; give tensors that are alive`);
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
  return {
    key: parts.map(({ key }) => key).join(", "),
    tensors: parts.flatMap(({ tensors }) => tensors),
    at: (positions) =>
      new Set(
        parts.flatMap(({ tensors }, i) => tensors.map(() => positions.includes(i))).flatMap((is, i) => (is ? [i] : [])),
      ),
    rebuild,
  };
};
