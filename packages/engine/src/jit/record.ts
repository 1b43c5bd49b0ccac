import { type DataId, type Tensor, type TensorInfo, engine, tidy } from "@tensorflow/tfjs-core";
import { type Tree, treeLeaves } from "@nonmarkov/autodiff";
import type { Attrs, Dtype, Graph, GraphNode, Shape, Use, Value } from "../graph/graph.ts";
import type { Executor } from "./executor.ts";
import { RecordingError, withRecorder } from "./recording.ts";

/** A recorded function. */
export type Recording<R extends Tree> = {
  /** Its kernels. Constants are tensor data of the backend, kept alive by the recording. */
  readonly graph: Graph;
  /** A tree of the result's structure; its leaves are disposed tensors, which tell nothing but their shapes. */
  readonly structure: R;
  /** Lets go of the constants. */
  readonly release: () => void;
};

/**
 * Runs `f` once on tensors that look like `inputs`, each with an identity of its own, and writes down the kernels.
 * Nothing is computed and no memory taken, besides for kernels that only tfjs's cpu backend has: those see zeros.
 * @throws RecordingError if it reads values, or returns a promise
 */
export const record = <R extends Tree>(
  { backend, imagine }: Executor,
  inputs: readonly Tensor[],
  f: (inputs: readonly Tensor[]) => R,
): Recording<R> => {
  const values: Value[] = [];
  const known = new Map<DataId, number>();
  const constants = new Map<number, DataId>();
  const nodes: GraphNode[] = [];
  const add = (dataId: DataId, shape: Shape, dtype: string): number => {
    values.push({ shape: [...shape], dtype: dtype as Dtype });
    known.set(dataId, values.length - 1);
    return values.length - 1;
  };
  /** A value that no recorded kernel made is a constant: the recording keeps its data. */
  const use = ({ dataId, shape, dtype }: TensorInfo): Use => {
    if (dtype === "string" || dtype === "complex64")
      throw new RecordingError(`a ${dtype} tensor`, "it has no place in a graph; compute with float32, int32 or bool");
    let value = known.get(dataId);
    if (value === undefined) {
      value = add(dataId, shape, dtype);
      backend.incRef(dataId);
      constants.set(value, dataId);
    }
    return { value, shape: [...shape] };
  };
  const release = (): void => {
    for (const dataId of constants.values()) backend.disposeData(dataId);
    constants.clear();
  };
  const kernel = (
    op: string,
    names: readonly string[],
    from: readonly TensorInfo[],
    attrs: Attrs,
    outputs: readonly TensorInfo[],
  ): void => {
    if (outputs.some(({ dtype }) => dtype === "string" || dtype === "complex64"))
      throw new RecordingError(op, "strings and complex numbers have no place in a graph; compute with float32");
    const read = from.map(use);
    nodes.push({
      op,
      inputs: read,
      names,
      attrs: structuredClone(attrs),
      outputs: outputs.map(({ dataId, shape, dtype }) => add(dataId, shape, dtype)),
    });
  };
  try {
    let structure: R | undefined;
    let outputs: readonly Use[] = [];
    let graphInputs: readonly number[] = [];
    tidy(() => {
      const own = inputs.map((tensor) => {
        if (tensor.dtype === "string" || tensor.dtype === "complex64")
          throw new RecordingError(
            `a ${tensor.dtype} tensor`,
            "it has no place in a graph; pass it around the function",
          );
        const info = imagine(tensor.shape, tensor.dtype as Dtype);
        return engine().makeTensorFromTensorInfo(info, backend);
      });
      graphInputs = own.map(({ dataId, shape, dtype }) => add(dataId, shape, dtype));
      withRecorder({ kernel }, () => {
        structure = f(own);
        if (typeof (structure as { then?: unknown })?.then === "function")
          throw new RecordingError("a promise", "the function must be synchronous; await outside of it");
        outputs = treeLeaves(structure).map(use);
      });
    });
    return { graph: { values, inputs: graphInputs, constants, nodes, outputs }, structure: structure!, release };
  } catch (error) {
    release();
    throw error;
  }
};
