import { Tensor, engine } from "@tensorflow/tfjs-core";
import { ops, own, type Tree, treeMap } from "@nonmarkov/autodiff";
import type { Graph, GraphNode } from "../graph/graph.ts";
import { optimise } from "../graph/optimise.ts";
import type { Compiled } from "./compiled.ts";
import { OutOfMemoryError } from "../memoryError.ts";
import { type Executor, executorOf, type Weights } from "./executor.ts";
import { NoKernelError } from "./noKernelError.ts";
import { type Recording, record } from "./record.ts";
import { isRecording } from "./recording.ts";
import { signature } from "./signature.ts";

/** How {@link jit} turns kernels into a program. */
export type JitOptions = {
  /** Joins kernels, which may round once where they rounded twice; default true. Without it the numbers are the eager ones. */
  readonly fusion?: boolean;
  /**
   * Positions of arguments whose tensors are used up: results may take over their memory, and nobody may read them
   * afterwards. They still belong to the caller, who disposes of them. Where their numbers are shared, or the backend is not
   * ours, they are left as they are. None by default.
   */
  readonly overwrites?: readonly number[];
  /**
   * On WebGPU "float16" keeps filters and right-hand matrices that are arguments with 16 bits each: half of the memory traffic
   * of weights, which is most of it at small batches. Sums stay float32; every weight is off by up to 2^-11 of itself.
   * Elsewhere, and without fusion, it has no effect. Default "float32".
   */
  readonly weights?: Weights;
  /** Recordings that are kept, one per signature; the oldest is dropped. Default 16. */
  readonly most?: number;
};

/** A recorded, optimised and compiled function. */
export type Program<R extends Tree> = {
  readonly recording: Recording<R>;
  readonly graph: Graph;
  compiled: Compiled;
};

/** The number that a kernel fills a tensor with, whatever its inputs. */
const filledWith = ({ op, attrs }: GraphNode): number | undefined =>
  op === "Fill" && typeof attrs.value === "number"
    ? attrs.value
    : op === "ZerosLike"
      ? 0
      : op === "OnesLike"
        ? 1
        : undefined;

/** Values of which all numbers are known to be the same, so that the graph can have it in its instructions. */
const scalarOf = (executor: Executor, graph: Graph) => {
  const filled = new Map(
    graph.nodes.flatMap((node) => {
      const number = filledWith(node);
      return number === undefined ? [] : [[node.outputs[0]!, number] as const];
    }),
  );
  return (value: number): number | undefined => {
    if (filled.has(value)) return Math.fround(filled.get(value)!);
    const dataId = graph.constants.get(value);
    const { shape, dtype } = graph.values[value]!;
    if (dataId === undefined || dtype !== "float32" || shape.some((n) => n !== 1)) return undefined;
    return executor.scalarOf(dataId as object);
  };
};

/** Records and compiles; see {@link Executor} for `keep`. */
export const build = <R extends Tree>(
  executor: Executor,
  inputs: readonly Tensor[],
  f: (inputs: readonly Tensor[]) => R,
  fusion: boolean,
  keep = false,
  overwritable: ReadonlySet<number> = new Set(),
  weights: Weights = "float32",
): Program<R> => {
  const recording = record(executor, inputs, f);
  const constants = recording.graph.constants as Map<number, object>;
  const optimised = (joined: boolean): Graph =>
    optimise(recording.graph, {
      fusion: joined,
      fma: joined,
      prepare: executor.prepare,
      ...(executor.limits && { limits: executor.limits }),
      scalarOf: scalarOf(executor, recording.graph),
      evaluate: (node, data) => {
        if (filledWith(node) !== undefined) return undefined; // known without its memory
        const known = node.outputs.map((value) => constants.get(value));
        if (known.every((dataId) => dataId !== undefined)) return known; // optimised a second time, without fusion
        const infos = data.map((dataId, i) => {
          const { value, shape } = node.inputs[i]!;
          return { dataId: dataId as object, shape: [...shape], dtype: recording.graph.values[value]!.dtype };
        });
        const outputs = executor.evaluate(node, infos);
        if (outputs === undefined) return undefined;
        node.outputs.forEach((value, i) => constants.set(value, outputs[i]!.dataId));
        return outputs.map(({ dataId }) => dataId);
      },
    });
  const compiled = (joined: boolean): Pick<Program<R>, "graph" | "compiled"> => {
    const graph = joined ? executor.finish(optimised(true), weights) : optimised(false);
    return { graph, compiled: executor.compile(graph, keep, overwritable) };
  };
  try {
    try {
      return { recording, ...compiled(fusion) };
    } catch (error) {
      if (!fusion || !(error instanceof NoKernelError)) throw error;
      return { recording, ...compiled(false) }; // a joined kernel has too many registers, axes or buffers
    }
  } catch (error) {
    recording.release();
    throw error;
  }
};

/** The executor of the current backend, if it has one. */
export const currentExecutor = (): Executor | undefined => executorOf(engine().backend);

type Programs = Map<string, Pick<Program<Tree>, "recording" | "compiled">>;

/** Frees a program, its constants and its packed weights. */
const free = ({ recording, compiled }: Pick<Program<Tree>, "recording" | "compiled">): void => {
  compiled.dispose();
  recording.release();
};

const freeAll = (programs: Programs): void => {
  for (const program of programs.values()) free(program);
  programs.clear();
};

/** Frees what belongs to recorded functions that nobody holds any more. */
const forgotten = new FinalizationRegistry<Programs>(freeAll);

/**
 * Records the kernels that a pure function runs, once per signature of its arguments' shapes and types; optimises them as
 * a whole, and from then on replays them as one program.
 *
 * Arguments are trees of tensors, and plain data (numbers, strings, booleans, null, arrays and objects of them), which
 * belong to the signature: another value means another recording, so what changes from call to call must be a tensor.
 * The function must be synchronous, and do nothing but compute; tensors that it reaches in other ways are constants.
 * Derivatives inside of it are recorded like everything else: `jit(valueAndGrad(loss))`. The result owns its tensors.
 *
 * Inside of a function that is being recorded or differentiated, and on tfjs's cpu backend, the function is called as it
 * is; on WebGPU also where a kernel of it has no shader that could be recorded, which is warned of once.
 * @throws RecordingError if the function reads values, or runs an op whose result's shape depends on them
 */
export const jit = <A extends readonly unknown[], R extends Tree>(
  fn: (...args: A) => R,
  { fusion = true, most = 16, overwrites = [], weights = "float32" }: JitOptions = {},
): ((...args: A) => R) => {
  const programs = new Map<string, Program<R>>();
  /** Signatures whose kernels the backend cannot record. */
  const unrecordable = new Set<string>();
  /** Programs that there was no memory for to keep what they prepare. */
  const tight = new WeakSet<object>();
  let owner: Executor | undefined;
  const recorded = (...args: A): R => {
    const executor = currentExecutor();
    if (executor === undefined || isRecording() || engine().isTapeOn()) return fn(...args);
    if (owner !== executor) {
      freeAll(programs as Programs);
      unrecordable.clear();
      owner = executor;
    }
    const { key, tensors, rebuild, at } = signature(args);
    /** What replaying gives: results of their own, and nothing else. */
    const atOnce = (): R =>
      own(() => treeMap((x) => (tensors.includes(x) ? ops.clone(x) : x), fn(...args) as Tree)) as unknown as R;
    if (unrecordable.has(key)) return atOnce();
    let program = programs.get(key);
    if (program === undefined) {
      try {
        program = build(
          executor,
          tensors,
          (inputs) => fn(...(rebuild(inputs) as A)),
          fusion,
          false,
          at(overwrites),
          weights,
        );
      } catch (error) {
        if (!(error instanceof NoKernelError)) throw error;
        if (unrecordable.size === 0) console.warn(`${error.message}; it runs kernel by kernel, which is slower`);
        unrecordable.add(key);
        return atOnce();
      }
      programs.set(key, program);
      if (programs.size > most) {
        const [oldest, dropped] = programs.entries().next().value!;
        programs.delete(oldest);
        free(dropped as Pick<Program<Tree>, "recording" | "compiled">);
      }
    } else if (!tight.has(program) && program.compiled.wouldKeep()) {
      const { compiled } = program;
      try {
        program.compiled = executor.compile(program.graph, true, at(overwrites));
        compiled.dispose();
      } catch (error) {
        if (!(error instanceof OutOfMemoryError)) throw error;
        tight.add(program); // it goes on without keeping anything
      }
    }
    const results = program.compiled.run(tensors);
    let next = 0;
    return replaceLeaves(program.recording.structure, () => results[next++]!);
  };
  forgotten.register(recorded, programs as Programs);
  return recorded;
};

/** A tree of the same structure with other leaves, in the order of `treeLeaves`. */
const replaceLeaves = <R extends Tree>(tree: R, leaf: () => Tensor): R => {
  if (tree instanceof Tensor) return leaf() as unknown as R;
  if (Array.isArray(tree)) return tree.map((child: Tree) => replaceLeaves(child, leaf)) as unknown as R;
  const entries = Object.entries(tree as Record<string, Tree | undefined>);
  const sorted = entries.filter(([, child]) => child !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, child]) => [name, replaceLeaves(child!, leaf)])) as R;
};
