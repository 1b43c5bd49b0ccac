/** Lengths of axes; [] is a scalar. */
export type Shape = readonly number[];

/** The types of numbers that tensors hold here. */
export type Dtype = "float32" | "int32" | "bool";

/** What a kernel is set to: plain data. */
export type Attrs = Readonly<Record<string, unknown>>;

/** A value of a graph: numbers in row-major order. Its shape is that of its first maker; uses may see another. */
export type Value = {
  /** Lengths of axes. */
  readonly shape: Shape;
  /** The type of its numbers. */
  readonly dtype: Dtype;
};

/** A value as a kernel or a caller sees it: reshapes and clones share memory, so they are no nodes, only other shapes. */
export type Use = {
  /** Index into the graph's values. */
  readonly value: number;
  /** Of the value's size. */
  readonly shape: Shape;
};

/** One kernel. */
export type GraphNode = {
  /** tfjs-core's name of the kernel, or one of ours. */
  readonly op: string;
  /** What it reads, in the order of `names`. */
  readonly inputs: readonly Use[];
  /** What the kernel calls its inputs ("x", "filter"; "0", "1" in lists). */
  readonly names: readonly string[];
  /** Its settings. */
  readonly attrs: Attrs;
  /** The values that it makes, indices into the graph's values. */
  readonly outputs: readonly number[];
};

/** A pure function of tensors with fixed shapes, as kernels in an order in which they can run. */
export type Graph = {
  /** All values; those that no node, input or constant makes are unused. */
  readonly values: readonly Value[];
  /** Values that the caller gives. */
  readonly inputs: readonly number[];
  /** Values that never change: index to where the numbers are (opaque to passes). */
  readonly constants: ReadonlyMap<number, unknown>;
  /** The kernels. */
  readonly nodes: readonly GraphNode[];
  /** What the caller gets. */
  readonly outputs: readonly Use[];
};
