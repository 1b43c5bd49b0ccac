import { type DataId, type KernelConfig, type Tensor, type TensorInfo, engine } from "@tensorflow/tfjs-core";
import type { Compiled } from "../jit/compiled.ts";
import { inheritances } from "../jit/inheritances.ts";
import { NoKernelError } from "../jit/noKernelError.ts";
import { type Backend, bytesPer } from "./backend.ts";
import { type Addresses, commandWords, writeWords } from "./execute.ts";
import { lower } from "../commands/lower.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import type { Command, Lowering, Place, Word } from "../commands/lowering.ts";
import type { Attrs, Graph, GraphNode, Value } from "../graph/graph.ts";
import { planMemory } from "../graph/planMemory.ts";
import { hostKernel } from "./kernels.ts";
import { OutOfMemoryError } from "../memoryError.ts";
import { arenaOf } from "./arena.ts";

/** A node with its commands, or with the kernel of tfjs that computes it. */
type Step = {
  readonly node: GraphNode;
  readonly lowering: Lowering | undefined;
  readonly host: KernelConfig["kernelFunc"] | undefined;
};

const bytesOf = ({ shape, dtype }: Value): number => sizeOf(shape) * bytesPer(dtype);

const stepOf = (graph: Graph, node: GraphNode): Step => {
  const inputs = node.inputs.map(({ value, shape }) => ({ shape, dtype: graph.values[value]!.dtype }));
  const shape = graph.values[node.outputs[0]!]!.shape;
  const attrs: Attrs = node.op === "Elementwise" ? { ...node.attrs, shape } : node.attrs;
  const lowering = lower(node.op, inputs, attrs);
  const host = lowering === undefined && node.attrs.epilogue === undefined ? hostKernel(node.op) : undefined;
  if (lowering === undefined && host === undefined) throw new NoKernelError(node.op);
  return { node, lowering, host };
};

/** Where a value lies. */
type Home =
  | { readonly in: "input"; readonly index: number }
  | { readonly in: "output"; readonly index: number }
  | { readonly in: "fixed"; readonly address: number }
  | { readonly in: "arena"; readonly offset: number };

/** A part of the program: commands without a break, or a kernel of tfjs. */
type Segment =
  { readonly first: number; count: number } | { readonly host: KernelConfig["kernelFunc"]; readonly node: GraphNode };

/** Words that hold the address of one input or output, and what is added to it. */
type Fixups = { readonly word: number; readonly offset: number }[];

/**
 * Compiles a graph.
 * @param overwritable indices of inputs whose memory results may take over
 * @param keep whether what is prepared from inputs alone (packed weights) is kept from run to run, which pays where inputs
 *   stay the same, and takes memory
 */
export const compile = (
  backend: Backend,
  graph: Graph,
  keep: boolean,
  overwritable: ReadonlySet<number> = new Set(),
): Compiled => {
  const { machine } = backend;
  const steps = graph.nodes.map((node) => stepOf(graph, node));
  const taken: number[] = [];
  const take = (bytes: number, what: string): number => {
    const address = machine.allocate(bytes);
    if (address === undefined) {
      taken.forEach((at) => machine.release(at));
      throw new OutOfMemoryError(what, bytes, machine.usage().bytes);
    }
    taken.push(address);
    return address;
  };

  // which values are given, made for the caller, or fixed
  const homes = new Map<number, Home>();
  graph.inputs.forEach((value, index) => homes.set(value, { in: "input", index }));
  for (const [value, dataId] of graph.constants)
    homes.set(value, { in: "fixed", address: backend.addressOf(dataId as DataId) });
  const made: number[] = [];
  for (const { value } of graph.outputs)
    if (!homes.has(value)) homes.set(value, { in: "output", index: made.push(value) - 1 });

  const inputAt = new Map(graph.inputs.map((value, index) => [value, index]));
  const inherits = inheritances(
    steps.map(({ node, lowering }) => ({ node, inPlace: lowering?.inPlace })),
    graph,
    made,
    overwritable,
  );

  // preparations that outlive a run
  let persistentBytes = 0;
  const kept = new Map<
    string,
    { readonly address: number; readonly command: Command; readonly step: number; readonly input: number | undefined }
  >();
  steps.forEach(({ node, lowering }, step) => {
    for (const command of lowering?.commands ?? []) {
      if (command.prepares === undefined) continue;
      const { input, temporary } = command.prepares;
      const { value } = node.inputs[input]!;
      const index = inputAt.get(value);
      if (!graph.constants.has(value) && !(keep && index !== undefined)) continue;
      const bytes = lowering!.temporaries[temporary]!;
      persistentBytes += bytes;
      kept.set(`${step}:${temporary}`, { address: take(bytes, "packed weights"), command, step, input: index });
    }
  });

  // memory
  const isKept = (step: number, temporary: number): boolean => kept.has(`${step}:${temporary}`);
  const plan = planMemory({
    steps: steps.map(({ node, lowering }, step) => ({
      reads: node.inputs.map(({ value }) => value),
      writes: node.outputs,
      temporaries: (lowering?.temporaries ?? []).map((bytes, i) => (isKept(step, i) ? 64 : Math.max(64, bytes))),
      inPlace: (lowering?.inPlace ?? []).map(
        ([read, write]) => [node.outputs[write]!, node.inputs[read]!.value] as const,
      ),
    })),
    bytes: new Map(graph.values.map((value, i) => [i, Math.max(64, bytesOf(value))])),
    external: new Set(homes.keys()),
  });
  for (const [value, offset] of plan.offsets) homes.set(value, { in: "arena", offset });
  const arena = arenaOf(machine);
  arena.reserve(plan.total);

  // the program
  const main: { readonly step: number; readonly command: Command }[] = [];
  const segments: Segment[] = [];
  steps.forEach(({ node, lowering, host }, step) => {
    if (host !== undefined) {
      segments.push({ host, node });
      return;
    }
    for (const command of lowering!.commands) {
      if (command.prepares !== undefined && isKept(step, command.prepares.temporary)) continue;
      const last = segments.at(-1);
      if (last !== undefined && "first" in last) last.count++;
      else segments.push({ first: main.length, count: 1 });
      main.push({ step, command });
    }
  });
  const preparations = [...kept.values()];
  const all = [...main, ...preparations];
  const blockWords = steps.map(({ lowering }) =>
    (lowering?.blocks ?? []).reduce((sum, words) => sum + words.length, 0),
  );
  const length = all.length * commandWords + blockWords.reduce((sum, n) => sum + n, 0);
  const program = take(4 * Math.max(1, length), "a program");
  const base = program / 4;
  const blockPlaces: number[][] = [];
  let next = program + 4 * all.length * commandWords;
  for (const { lowering } of steps)
    blockPlaces.push(
      (lowering?.blocks ?? []).map((words) => {
        const at = next;
        next += 4 * words.length;
        return at;
      }),
    );

  const inputFixups: readonly Fixups[] = graph.inputs.map(() => []);
  const outputFixups: readonly Fixups[] = made.map(() => []);
  const addressesOf = (step: number): Addresses => {
    const { node, lowering } = steps[step]!;
    const address = (value: number): number => {
      const home = homes.get(value)!;
      return home.in === "fixed" ? home.address : home.in === "arena" ? arena.base() + home.offset : 0;
    };
    return {
      inputs: node.inputs.map(({ value }) => address(value)),
      outputs: node.outputs.map((value) => (homes.has(value) ? address(value) : 0)),
      temporaries: (lowering?.temporaries ?? []).map(
        (_, i) => kept.get(`${step}:${i}`)?.address ?? arena.base() + plan.temporaries[step]![i]!,
      ),
      blocks: blockPlaces[step]!,
    };
  };
  const note = (step: number, at: number, words: readonly Word[]): void => {
    const { node } = steps[step]!;
    words.forEach((word, i) => {
      if (typeof word === "number" || "float" in word) return;
      const place: Place = word;
      if (place.in !== "inputs" && place.in !== "outputs") return;
      const value = place.in === "inputs" ? node.inputs[place.index]!.value : node.outputs[place.index]!;
      const home = homes.get(value);
      if (home === undefined || home.in === "fixed" || home.in === "arena") return;
      const fixups = home.in === "input" ? inputFixups : outputFixups;
      fixups[home.index]!.push({ word: at + i, offset: place.offset ?? 0 });
    });
  };
  let encodedFor = -1;
  /** Addresses of the inputs as the program has them. */
  const written = new Array<number>(graph.inputs.length).fill(-1);
  const encode = (): void => {
    for (const fixups of [...inputFixups, ...outputFixups]) fixups.length = 0;
    written.fill(-1);
    const words = machine.words();
    all.forEach(({ step, command }, i) => {
      const at = base + i * commandWords;
      words[at] = command.opcode;
      writeWords(words, at + 1, command.words, addressesOf(step));
      note(step, at + 1, command.words);
    });
    steps.forEach(({ lowering }, step) =>
      lowering?.blocks.forEach((block, i) => {
        const at = blockPlaces[step]![i]! / 4;
        writeWords(words, at, block, addressesOf(step));
        note(step, at, block);
      }),
    );
    encodedFor = arena.base();
  };

  // what was prepared from which data
  const seen = new Array<DataId | undefined>(graph.inputs.length);
  let constantsReady = false;
  let repeats = 0;
  const sources = new Set(
    steps.flatMap(({ node, lowering }) =>
      (lowering?.commands ?? []).flatMap(({ prepares }) =>
        prepares === undefined ? [] : (inputAt.get(node.inputs[prepares.input]!.value) ?? []),
      ),
    ),
  );
  const prepareFrom = (isFresh: (input: number | undefined) => boolean): void =>
    preparations.forEach(({ input }, i) => {
      if (isFresh(input)) machine.run(program + 4 * commandWords * (main.length + i), 1);
    });
  /** Prepares again what comes from other data than before. */
  const prepareChanged = (inputs: readonly Tensor[]): void => {
    const changed = new Set<number | undefined>(constantsReady ? [] : [undefined]);
    let same = false;
    for (const i of sources) {
      if (inputs[i]!.dataId === seen[i]) same = true;
      else changed.add(i);
      seen[i] = inputs[i]!.dataId;
    }
    if (same) repeats++;
    if (changed.size > 0) prepareFrom((input) => changed.has(input));
    constantsReady = true;
  };

  const runHost = (
    step: Extract<Segment, { host: unknown }>,
    inputs: readonly number[],
    outputs: readonly number[],
  ): void => {
    const { node, host } = step;
    const address = (value: number): number => {
      const home = homes.get(value)!;
      if (home.in === "fixed") return home.address;
      if (home.in === "arena") return arena.base() + home.offset;
      return home.in === "input" ? inputs[home.index]! : outputs[home.index]!;
    };
    const infos = node.inputs.map(({ value, shape }) =>
      backend.borrow(address(value), shape, graph.values[value]!.dtype),
    );
    const named = Object.fromEntries(node.names.map((name, i) => [name, infos[i]!]));
    const result = host({ inputs: named, attrs: node.attrs as never, backend });
    const results: readonly TensorInfo[] = [result].flat() as TensorInfo[];
    results.forEach(({ dataId }, i) => {
      const value = node.outputs[i]!;
      if (homes.has(value)) {
        const bytes = bytesOf(graph.values[value]!);
        new Uint8Array(machine.memory.buffer).copyWithin(
          address(value),
          backend.addressOf(dataId),
          backend.addressOf(dataId) + bytes,
        );
      }
      backend.disposeData(dataId);
    });
    for (const { dataId } of infos) backend.disposeData(dataId);
  };

  /** New tensors for the results, in the memory of inputs where that may be and is not shared. */
  const makeOutputs = (inputs: readonly Tensor[]): readonly (TensorInfo & { readonly address: number })[] => {
    const uses = new Map<DataId, number>();
    if (inherits.size > 0) for (const { dataId } of inputs) uses.set(dataId, (uses.get(dataId) ?? 0) + 1);
    const isFree = (i: number): boolean => {
      const dataId = inherits.has(i) ? inputs[inherits.get(i)!]!.dataId : undefined;
      return dataId !== undefined && uses.get(dataId) === 1 && backend.isAlone(dataId);
    };
    const free = made.map((_, i) => isFree(i));
    // what may fail comes before anything is used up
    const fresh: (TensorInfo & { readonly address: number })[] = [];
    try {
      made.forEach((value, i) => {
        const { shape, dtype } = graph.values[value]!;
        if (!free[i]) fresh.push(backend.make(shape, dtype));
      });
    } catch (error) {
      for (const { dataId } of fresh) backend.disposeData(dataId);
      throw error;
    }
    let next = 0;
    return made.map((value, i) => {
      const { shape, dtype } = graph.values[value]!;
      return free[i] ? backend.take(inputs[inherits.get(i)!]!.dataId, shape, dtype) : fresh[next++]!;
    });
  };

  const execute = (inputs: readonly Tensor[], seconds?: number): Tensor[] => {
    const inputAddresses = inputs.map(({ dataId }) => backend.addressOf(dataId));
    if (encodedFor !== arena.base()) encode();
    const outputs = makeOutputs(inputs);
    const outputAddresses = outputs.map(({ address }) => address);
    const words = machine.words();
    const write = (fixups: Fixups, address: number): void => {
      for (const { word, offset } of fixups) words[word] = address + offset;
    };
    inputAddresses.forEach((address, i) => {
      if (written[i] === address) return;
      write(inputFixups[i]!, address);
      written[i] = address;
    });
    outputAddresses.forEach((address, i) => write(outputFixups[i]!, address));
    prepareChanged(inputs);
    for (const segment of segments)
      if ("first" in segment)
        machine.run(
          program + 4 * commandWords * segment.first,
          segment.count,
          seconds === undefined ? 0 : seconds + 8 * segment.first,
        );
      else runHost(segment, inputAddresses, outputAddresses);
    const first = new Set<number>();
    return graph.outputs.map(({ value, shape }) => {
      const { dtype } = graph.values[value]!;
      const home = homes.get(value)!;
      const dataId =
        home.in === "output"
          ? outputs[home.index]!.dataId
          : home.in === "input"
            ? inputs[home.index]!.dataId
            : (graph.constants.get(value) as DataId);
      if (home.in !== "output" || first.has(value)) backend.incRef(dataId);
      first.add(value);
      return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }, backend);
    });
  };

  return {
    run: (inputs) => execute(inputs),
    arenaBytes: plan.total,
    persistentBytes,
    commands: main.length,
    wouldKeep: () => !keep && repeats >= 2,
    profile: async (inputs) => {
      const at = machine.allocate(8 * main.length + 8)!;
      try {
        new Uint8Array(machine.memory.buffer, at, 8 * main.length).fill(0);
        for (const tensor of execute(inputs, at)) tensor.dispose();
        const seconds = new Float64Array(machine.memory.buffer, at, main.length);
        const perStep = new Array<number>(steps.length).fill(0);
        main.forEach(({ step }, i) => (perStep[step]! += seconds[i]!));
        return perStep;
      } finally {
        machine.release(at);
      }
    },
    dispose: () => {
      taken.forEach((address) => machine.release(address));
      arena.leave(plan.total);
    },
  };
};
