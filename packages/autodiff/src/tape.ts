import { type NamedTensorMap, type Tensor, engine } from "@tensorflow/tfjs-core";

/** One recorded kernel of tfjs-core's tape. */
export type TapeNode = ReturnType<typeof engine>["state"]["activeTape"][number];

/** Tapes that nobody but our own walk will read. */
const leanTapes = new WeakSet<readonly TapeNode[]>();

/** True if rules may leave out saving what only our own walk can do without. */
export const isLean = (): boolean => leanTapes.has(engine().state.activeTape);

const inputsBySaved = new WeakMap<readonly Tensor[], NamedTensorMap>();

/** The inputs (perhaps disposed: only their shapes may be read) of the node whose saved tensors these are. */
export const inputsOf = (saved: readonly Tensor[]): NamedTensorMap | undefined => inputsBySaved.get(saved);

/** The gradients of a node's inputs, on demand. Outputs on which nothing depends have null. */
export const nodeGradients = (
  node: TapeNode,
  dys: readonly (Tensor | null)[],
): { readonly [input: string]: () => Tensor } => {
  if (node.gradient === undefined)
    throw new Error(
      `gradient: no rule for the kernel ${node.kernelName}; use the ops of @nonmarkov/autodiff, or customRule`,
    );
  if (node.saved !== undefined) inputsBySaved.set(node.saved, node.inputs);
  // tfjs-core declares dys without null, but fills in zeros for it.
  return node.gradient(dys as Tensor[]);
};

/** True while kernels are recorded: inside a function that is being differentiated. */
export const isRecording = (): boolean => engine().isTapeOn();

/** How many derivatives enclose the kernels that run now: 0 where nothing is recorded, 1 where no derivative of one is taken. */
export const derivativesDeep = (): number => (isRecording() ? engine().state.gradientDepth : 0);

/** Runs `f` while recording and returns its result with the nodes it recorded. */
export const record = <T>(f: () => T): { readonly result: T; readonly nodes: readonly TapeNode[] } => {
  const { state } = engine();
  if (state.gradientDepth === 0) {
    state.activeTape = [];
    leanTapes.add(state.activeTape);
  }
  state.gradientDepth++;
  const tape = state.activeTape;
  const start = tape.length;
  try {
    const result = f();
    return { result, nodes: tape.slice(start) };
  } finally {
    state.gradientDepth--;
  }
};

/** Runs `f` without recording, as one step of whatever is being recorded. */
export const unrecorded = <T>(f: () => T): T => {
  const { state } = engine();
  state.kernelDepth++;
  try {
    return f();
  } finally {
    state.kernelDepth--;
  }
};

/** Appends a node with its own gradient to the tape. `saved` must be kept tensors; they are freed with the tape. */
export const recordNode = (node: {
  readonly kernelName: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly saved: readonly Tensor[];
  readonly gradient: (dy: Tensor) => readonly (() => Tensor)[];
}): void => {
  const { state } = engine();
  state.activeTape.push({
    id: state.nextTapeNodeId++,
    kernelName: node.kernelName,
    inputs: Object.fromEntries(node.inputs.entries()),
    outputs: [node.output],
    saved: [...node.saved],
    gradient: ([dy]) => Object.fromEntries(node.gradient(dy!).entries()),
  });
};

/** Frees what the tape has saved, unless an enclosing derivative still needs it. Call when a derivative ends or fails. */
export const releaseTape = (): void => {
  const { state } = engine();
  if (state.gradientDepth > 0) return;
  for (const node of state.activeTape ?? []) for (const tensor of node.saved ?? []) tensor.dispose();
  state.activeTape = [];
};
