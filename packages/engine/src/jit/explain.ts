import type { Tensor } from "@tensorflow/tfjs-core";
import type { Tree } from "@nonmarkov/autodiff";
import { BackendUnavailableError } from "../errors.ts";
import type { Shape } from "../graph/graph.ts";
import { describe } from "../graph/describe.ts";
import { costOf } from "../graph/flops.ts";
import { build, currentExecutor } from "./jit.ts";
import { signature } from "./signature.ts";

/** One node of a recorded function, and what it costs. */
export type ExplainedNode = {
  /** The kernel's name; "Elementwise" for joined ones. */
  readonly op: string;
  /** Shapes of what it reads. */
  readonly reads: readonly Shape[];
  /** Shapes of what it makes. */
  readonly makes: readonly Shape[];
  /** Indices of the nodes whose results it reads. */
  readonly after: readonly number[];
  /** Floating-point operations; convolutions are counted as if computed directly. */
  readonly flops: number;
  /** Bytes read and written. */
  readonly bytes: number;
  /** Seconds it took: the median of a few runs; 0 for kernels that only tfjs's cpu backend has, and without timestamps. */
  readonly seconds: number;
};

/** What {@link explain} finds out. */
export type Explanation = {
  /** Everything, as a table for people. */
  readonly text: string;
  /** The nodes in the order in which they run. */
  readonly nodes: readonly ExplainedNode[];
  /** Kernels before passes had joined them. */
  readonly recorded: number;
  /** Floating-point operations of all nodes. */
  readonly flops: number;
  /** Bytes that all nodes read and write. */
  readonly bytes: number;
  /** Seconds of all nodes. */
  readonly seconds: number;
  /** Bytes of the memory for results on the way. */
  readonly arenaBytes: number;
};

const runs = 5;

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Billions per second; a dash for what is not timed: kernels that only tfjs's cpu backend has. */
const rate = (count: number, seconds: number): string => (seconds > 0 ? (count / seconds / 1e9).toFixed(1) : "-");

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i]!)).join("  ")).join("\n");
};

const summary = (nodes: readonly ExplainedNode[]): string => {
  const total = nodes.reduce((sum, { seconds }) => sum + seconds, 0);
  const ops = [...new Set(nodes.map(({ op }) => op))]
    .map((op) => {
      const of = nodes.filter((node) => node.op === op);
      const [seconds, flops, bytes] = (["seconds", "flops", "bytes"] as const).map((key) =>
        of.reduce((sum, node) => sum + node[key], 0),
      ) as [number, number, number];
      return { op, count: of.length, seconds, flops, bytes };
    })
    .sort((a, b) => b.seconds - a.seconds);
  return table([
    ["op", "nodes", "ms", "share", "GFLOP/s", "GB/s"],
    ...ops.map(({ op, count, seconds, flops, bytes }) => [
      op,
      `${count}`,
      (1e3 * seconds).toFixed(3),
      total > 0 ? `${((100 * seconds) / total).toFixed(1)} %` : "-",
      rate(flops, seconds),
      rate(bytes, seconds),
    ]),
  ]);
};

/**
 * Records and compiles a function as `jit` does, runs it a few times on these arguments, and tells what it consists of: the
 * graph, and for each node FLOPs, bytes and time. What is prepared from arguments alone (packed weights) is prepared before.
 * Borrows the arguments; frees everything.
 * @throws BackendUnavailableError if the current backend records nothing; RecordingError as `jit`; NoKernelError where a
 *   kernel cannot be recorded
 */
export const explain = async <A extends readonly unknown[]>(
  fn: (...args: A) => Tree,
  ...args: A
): Promise<Explanation> => {
  const executor = currentExecutor();
  if (executor === undefined)
    throw new BackendUnavailableError("nonmarkov", "explain needs it or webgpu; await start() first");
  const { tensors, rebuild } = signature(args);
  const { recording, graph, compiled } = build(
    executor,
    tensors,
    (inputs: readonly Tensor[]) => fn(...(rebuild(inputs) as A)),
    true,
    true,
  );
  try {
    for (const tensor of compiled.run(tensors)) tensor.dispose();
    const times: (readonly number[])[] = [];
    for (let i = 0; i < runs; i++) times.push(await compiled.profile(tensors));
    const makers = new Map(graph.nodes.flatMap((node, i) => node.outputs.map((value) => [value, i] as const)));
    const nodes = graph.nodes.map((node, i): ExplainedNode => {
      const { flops, bytesRead, bytesWritten } = costOf(graph, node);
      const bytes = bytesRead + bytesWritten;
      return {
        op: node.op,
        reads: node.inputs.map(({ shape }) => shape),
        makes: node.outputs.map((value) => graph.values[value]!.shape),
        after: [...new Set(node.inputs.flatMap(({ value }) => makers.get(value) ?? []))],
        flops,
        bytes,
        seconds: median(times.map((run) => run[i]!)),
      };
    });
    const [flops, bytes, seconds] = (["flops", "bytes", "seconds"] as const).map((key) =>
      nodes.reduce((sum, node) => sum + node[key], 0),
    ) as [number, number, number];
    const { arenaBytes } = compiled;
    const recorded = recording.graph.nodes.length;
    const text = [
      `${recorded} kernels recorded, ${nodes.length} after fusion, ${compiled.commands} commands`,
      `${(flops / 1e9).toFixed(3)} GFLOP, ${(bytes / 1e6).toFixed(1)} MB read and written, arena ${(arenaBytes / 1e6).toFixed(1)} MB, ${(1e3 * seconds).toFixed(3)} ms`,
      summary(nodes),
      table([
        ["node", "ms", "MFLOP", "MB"],
        ...nodes.map((node, i) => [
          `${i}`,
          (1e3 * node.seconds).toFixed(3),
          (node.flops / 1e6).toFixed(2),
          (node.bytes / 1e6).toFixed(2),
        ]),
      ]),
      describe(graph),
    ].join("\n\n");
    return { text, nodes, recorded, flops, bytes, seconds, arenaBytes };
  } finally {
    compiled.dispose();
    recording.release();
  }
};
