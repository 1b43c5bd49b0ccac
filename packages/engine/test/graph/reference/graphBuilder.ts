import type { Attrs, Dtype, Graph, GraphNode, Shape, Use, Value } from "../../../src/graph/graph.ts";

/** Writes graphs down by hand: a value is made by whoever is called, and known by its use. */
export type GraphBuilder = {
  readonly input: (shape: Shape, dtype?: Dtype) => Use;
  readonly constant: (shape: Shape, numbers: readonly number[]) => Use;
  /** A node with inputs in the order of their names. */
  readonly node: (op: string, inputs: Readonly<Record<string, Use>>, shape: Shape, attrs?: Attrs, dtype?: Dtype) => Use;
  readonly unary: (op: string, x: Use) => Use;
  readonly binary: (op: string, a: Use, b: Use) => Use;
  readonly graph: (...outputs: readonly Use[]) => Graph;
};

/** The shape that both broadcast to, undefined if there is none. */
export const broadcastShape = (a: Shape, b: Shape): Shape | undefined => {
  const rank = Math.max(a.length, b.length);
  const lengths = Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1];
    return x === y || y === 1 ? x : x === 1 ? y : undefined;
  });
  return lengths.every((length) => length !== undefined) ? lengths : undefined;
};

/** The same numbers seen with another shape. */
export const seenAs = (use: Use, shape: Shape): Use => ({ value: use.value, shape });

/** Starts an empty graph. */
export const graphBuilder = (): GraphBuilder => {
  const values: Value[] = [];
  const inputs: number[] = [];
  const constants = new Map<number, unknown>();
  const nodes: GraphNode[] = [];
  const make = (shape: Shape, dtype: Dtype = "float32"): Use => ({ value: values.push({ shape, dtype }) - 1, shape });
  const node: GraphBuilder["node"] = (op, uses, shape, attrs = {}, dtype = "float32") => {
    const made = make(shape, dtype);
    nodes.push({ op, inputs: Object.values(uses), names: Object.keys(uses), attrs, outputs: [made.value] });
    return made;
  };
  return {
    input: (shape, dtype) => {
      const made = make(shape, dtype);
      inputs.push(made.value);
      return made;
    },
    constant: (shape, numbers) => {
      const made = make(shape);
      constants.set(made.value, numbers);
      return made;
    },
    node,
    unary: (op, x) => node(op, { x }, x.shape),
    binary: (op, a, b) => node(op, { a, b }, broadcastShape(a.shape, b.shape)!),
    graph: (...outputs) => ({ values, inputs, constants, nodes, outputs }),
  };
};
