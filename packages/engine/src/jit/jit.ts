import { Tensor, engine } from "@tensorflow/tfjs-core";
import type { Tree } from "@nonmarkov/autodiff";
import { type Backend, isOurs } from "../backend/backend.ts";
import { lower } from "../commands/lower.ts";
import { execute } from "../backend/execute.ts";
import type { Graph, GraphNode } from "../graph/graph.ts";
import { optimise } from "../graph/optimise.ts";
import { type Compiled, NoCommandsError, compile } from "./compile.ts";
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
const scalarOf = (backend: Backend, graph: Graph) => {
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
    return backend.machine.floats()[backend.addressOf(dataId as object) / 4];
  };
};

/** Records and compiles; see `compile` for `keep`. */
export const build = <R extends Tree>(
  backend: Backend,
  inputs: readonly Tensor[],
  f: (inputs: readonly Tensor[]) => R,
  fusion: boolean,
  keep = false,
  overwritable: ReadonlySet<number> = new Set(),
): Program<R> => {
  const recording = record(backend, inputs, f);
  const constants = recording.graph.constants as Map<number, object>;
  const optimised = (joined: boolean): Graph =>
    optimise(recording.graph, {
      fusion: joined,
      fma: joined,
      scalarOf: scalarOf(backend, recording.graph),
      evaluate: (node, data) => {
        if (filledWith(node) !== undefined) return undefined; // known without its memory
        const infos = data.map((dataId, i) => {
          const { value, shape } = node.inputs[i]!;
          return { dataId: dataId as object, shape: [...shape], dtype: recording.graph.values[value]!.dtype };
        });
        const lowering = lower(node.op, infos, node.attrs);
        if (lowering === undefined) return undefined;
        const outputs = execute(backend, lowering, infos);
        node.outputs.forEach((value, i) => constants.set(value, outputs[i]!.dataId));
        return outputs.map(({ dataId }) => dataId);
      },
    });
  const compiled = (joined: boolean): Pick<Program<R>, "graph" | "compiled"> => {
    const graph = optimised(joined);
    return { graph, compiled: compile(backend, graph, keep, overwritable) };
  };
  try {
    try {
      return { recording, ...compiled(fusion) };
    } catch (error) {
      if (!fusion || !(error instanceof NoCommandsError)) throw error;
      return { recording, ...compiled(false) }; // a joined kernel has too many registers or axes for the machine
    }
  } catch (error) {
    recording.release();
    throw error;
  }
};

/** Our backend, if it is the current one. */
export const currentBackend = (): Backend | undefined => {
  const { backend } = engine();
  return isOurs(backend) ? backend : undefined;
};

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
 * Inside of a function that is being recorded or differentiated, and on other backends than ours, the function is called
 * as it is.
 * @throws RecordingError if the function reads values, or runs an op whose result's shape depends on them
 */
export const jit = <A extends readonly unknown[], R extends Tree>(
  fn: (...args: A) => R,
  { fusion = true, most = 16, overwrites = [] }: JitOptions = {},
): ((...args: A) => R) => {
  const programs = new Map<string, Program<R>>();
  let owner: Backend | undefined;
  const recorded = (...args: A): R => {
    const backend = currentBackend();
    if (backend === undefined || isRecording() || engine().isTapeOn()) return fn(...args);
    if (owner !== backend) {
      freeAll(programs as Programs);
      owner = backend;
    }
    const { key, tensors, rebuild, at } = signature(args);
    let program = programs.get(key);
    if (program === undefined) {
      program = build(backend, tensors, (inputs) => fn(...(rebuild(inputs) as A)), fusion, false, at(overwrites));
      programs.set(key, program);
      if (programs.size > most) {
        const [oldest, dropped] = programs.entries().next().value!;
        programs.delete(oldest);
        free(dropped as Pick<Program<Tree>, "recording" | "compiled">);
      }
    } else if (program.compiled.wouldKeep()) {
      program.compiled.dispose();
      program.compiled = compile(backend, program.graph, true, at(overwrites));
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
