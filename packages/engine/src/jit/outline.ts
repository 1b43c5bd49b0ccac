import type { Tensor } from "@tensorflow/tfjs-core";
import type { Tree } from "@nonmarkov/autodiff";
import { BackendUnavailableError } from "../errors.ts";
import { describe } from "../graph/describe.ts";
import { graphCost } from "../graph/flops.ts";
import { build, currentExecutor } from "./jit.ts";
import { signature } from "./signature.ts";

/** What {@link outline} tells. */
export type Outline = {
  /** Kernels before passes had joined them. */
  readonly recorded: number;
  /** Nodes after. */
  readonly nodes: number;
  /** How many nodes there are of each kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Commands of the nonmarkov backend, or dispatches of WebGPU. */
  readonly commands: number;
  /** Floating-point operations; convolutions are counted as if computed directly. */
  readonly flops: number;
  /** Bytes that all nodes read and write. */
  readonly bytes: number;
  /** Bytes of the memory for results on the way. */
  readonly arenaBytes: number;
  /** The nodes, as a table for people. */
  readonly text: string;
};

/**
 * Records and compiles a function as `jit` does, and tells what became of it, without running it: `explain` without times.
 * Borrows the arguments; frees everything.
 * @throws BackendUnavailableError if the current backend records nothing; RecordingError as `jit`
 */
export const outline = <A extends readonly unknown[]>(fn: (...args: A) => Tree, ...args: A): Outline => {
  const executor = currentExecutor();
  if (executor === undefined)
    throw new BackendUnavailableError("nonmarkov", "outline needs it or webgpu; await start() first");
  const { tensors, rebuild } = signature(args);
  const call = (inputs: readonly Tensor[]): Tree => fn(...(rebuild(inputs) as A));
  const { recording, graph, compiled } = build(executor, tensors, call, true);
  try {
    const kinds: Record<string, number> = {};
    for (const { op } of graph.nodes) kinds[op] = (kinds[op] ?? 0) + 1;
    const { flops, bytesRead, bytesWritten } = graphCost(graph);
    return {
      recorded: recording.graph.nodes.length,
      nodes: graph.nodes.length,
      kinds,
      commands: compiled.commands,
      flops,
      bytes: bytesRead + bytesWritten,
      arenaBytes: compiled.arenaBytes,
      text: describe(graph),
    };
  } finally {
    compiled.dispose();
    recording.release();
  }
};
