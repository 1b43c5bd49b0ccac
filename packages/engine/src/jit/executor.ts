import type { DataId, KernelBackend, TensorInfo } from "@tensorflow/tfjs-core";
import type { Dtype, Graph, GraphNode } from "../graph/graph.ts";
import type { OptimiseOptions } from "../graph/optimise.ts";
import type { Compiled } from "./compiled.ts";

/** With how many bits weights are kept. */
export type Weights = "float32" | "float16";

/** What a backend does for its kernels to be recorded, optimised and replayed. */
export type Executor = {
  /** The backend; it counts who shares a tensor's numbers. */
  readonly backend: KernelBackend;
  /** A tensor without numbers: its shape and type are known, and whoever looks sees zeros. */
  readonly imagine: (shape: readonly number[], dtype: Dtype) => TensorInfo;
  /** The number of a tensor of one float32, if it is known without waiting. */
  readonly scalarOf: (dataId: DataId) => number | undefined;
  /** Runs a node at once; undefined if it has to stay in the graph. The caller owns the results. */
  readonly evaluate: (node: GraphNode, inputs: readonly TensorInfo[]) => readonly TensorInfo[] | undefined;
  /** Passes of the backend's own, before elementwise nodes are joined. */
  readonly prepare: (graph: Graph) => Graph;
  /** How large joined programs may become. */
  readonly limits: OptimiseOptions["limits"];
  /** Passes of the backend's own, after all others. */
  readonly finish: (graph: Graph, weights: Weights) => Graph;
  /**
   * Compiles a graph.
   * @param keep whether what is prepared from inputs alone (packed weights) is kept from run to run, which pays where inputs
   *   stay the same, and takes memory
   * @param overwritable indices of inputs whose memory results may take over
   * @throws NoKernelError for a node that it cannot run; OutOfMemoryError
   */
  readonly compile: (graph: Graph, keep: boolean, overwritable: ReadonlySet<number>) => Compiled;
};

const executors = new WeakMap<object, Executor>();

/** Lets functions be recorded on a backend. */
export const registerExecutor = (executor: Executor): void => void executors.set(executor.backend, executor);

/** The executor of a backend that this copy of the module has made. */
export const executorOf = (backend: object): Executor | undefined => executors.get(backend);
