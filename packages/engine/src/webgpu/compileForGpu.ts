import { type DataId, type Tensor, type TensorInfo, engine } from "@tensorflow/tfjs-core";
import type { Attrs, Graph, GraphNode, Value } from "../graph/graph.ts";
import { safePairs } from "../graph/memory/safePairs.ts";
import { planMemory } from "../graph/planMemory.ts";
import { inheritances } from "../jit/inheritances.ts";
import type { Compiled } from "../jit/compiled.ts";
import { NoKernelError } from "../jit/noKernelError.ts";
import type { ManyShading } from "../shaders/many.ts";
import type { Place, Shading } from "../shaders/shading.ts";
import type { Shade } from "../shaders/shade.ts";
import { aligned } from "./aligned.ts";
import { asWords, gpuBytes, tensorUsage } from "./asGpu.ts";
import { bind, bindGroupOf, type BoundDispatch } from "./bind.ts";
import type { Location, Slab } from "./gpu.ts";
import type { GpuContext } from "./gpuContext.ts";
import { checkBinding, checkBuffer } from "./gpuMemoryError.ts";
import { moveTogether } from "./moveTogether.ts";
import { planMany, type Range } from "./planMany.ts";
import { timePasses } from "./timePasses.ts";

/** Numbers on the host that are at most so large are written into a buffer of the program's own at every run. */
const slotBytes = 4096;

/** Results of so many bytes at most are few numbers. */
const fewBytes = 64;

/** Sets of bind groups that are kept: inputs and results come in few buffers, in turns. */
const mostSets = 6;

/** Whether a node makes something of weights alone, which it need not make again while they are the same. */
const prepares = ({ op }: GraphNode): boolean => op === "ToHalves";

/** A node with its shaders. */
type Step = { readonly node: GraphNode; readonly shading: Shading };

/** Kernels whose inputs do not tell the shapes of their outputs. */
const joined = new Set(["ElementwiseMany", "SumMany", "DenseMany"]);

const stepOf = (shade: Shade, graph: Graph, node: GraphNode): Step => {
  const inputs = node.inputs.map(({ value, shape }): Value => ({ shape, dtype: graph.values[value]!.dtype }));
  const { shape } = graph.values[node.outputs[0]!]!;
  const outputs = node.outputs.map((value) => graph.values[value]!);
  const attrs: Attrs =
    node.op === "Elementwise"
      ? { ...node.attrs, shape }
      : joined.has(node.op)
        ? { ...node.attrs, outputs }
        : node.attrs;
  const shading = shade(node.op, inputs, attrs);
  if (shading === undefined) throw new NoKernelError(node.op);
  return { node, shading };
};

/** Where a value lies: among what is given (inputs, then constants), what is handed out, in the arena, or in the tables. */
type Home =
  | { readonly in: "given" | "made"; readonly index: number }
  | { readonly in: "arena" | "tables"; readonly offset: number };

/** What a shader's variable is bound to. */
type Bound = Home & { readonly size: number };

/** A dispatch of a program. */
type ProgramDispatch = Omit<BoundDispatch, "bound"> & {
  readonly step: number;
  readonly resources: readonly Bound[];
};

/** A dispatch with its buffers. */
export type Call = {
  /** The compiled shader. */
  readonly pipeline: GPUComputePipeline;
  /** What it sees. */
  readonly bindGroup: GPUBindGroup;
  /** Workgroups. */
  readonly groups: readonly [number, number, number];
  /** The index of its node. */
  readonly step: number;
};

let stamps = 0;

/** Whether something is there twice: what has been seen is stamped, for it is looked at hundreds of times at every call. */
const hasRepeated = (ids: readonly (DataId & { stamp?: number })[]): boolean => {
  const stamp = ++stamps;
  let found = false;
  for (const id of ids) {
    if (id.stamp === stamp) found = true;
    id.stamp = stamp;
  }
  return found;
};

/** All dispatches for one choice of buffers of what is given and made. */
type BindingSet = {
  readonly buffers: readonly Location[];
  readonly calls: readonly (readonly Call[])[];
  /** Tables of where members lie. */
  readonly tables: readonly GPUBuffer[];
};

const sameLocations = (a: readonly Location[], b: readonly Location[]): boolean => {
  for (let i = 0; i < a.length; i++) {
    const [p, q] = [a[i]!, b[i]!];
    if (p !== q && (p.buffer !== q.buffer || p.offset !== q.offset)) return false;
  }
  return true;
};

/**
 * Compiles a graph: every shader, one plan of the memory, and a list of dispatches that is encoded and submitted as one at
 * every run. Bind groups are made anew only where inputs or results lie in other buffers than before.
 * @param overwritable indices of inputs whose memory results may take over
 * @throws NoKernelError for a node without shaders, or with more buffers than a shader may have
 * @throws OutOfMemoryError if the device allows no buffer, or no binding, of the size that is needed
 */
export const compileForGpu = (
  { gpu, pipelines, shade, arena }: GpuContext,
  graph: Graph,
  overwritable: ReadonlySet<number>,
): Compiled => {
  const { device } = gpu;
  const { queue, limits } = device;
  const mostBuffers = limits.maxStorageBuffersPerShaderStage;
  const steps = graph.nodes.map((node) => stepOf(shade, graph, node));
  const describe = ({ shape, dtype }: Value): string => `a ${dtype} tensor [${shape.join(", ")}]`;
  for (const { node } of steps)
    for (const value of [...node.inputs.map((use) => use.value), ...node.outputs])
      checkBinding(gpu, describe(graph.values[value]!), gpuBytes(graph.values[value]!.shape));

  // where values lie
  const homes = new Map<number, Home>();
  const given = [...graph.inputs, ...graph.constants.keys()];
  given.forEach((value, index) => homes.set(value, { in: "given", index }));
  const made: number[] = [];
  for (const { value } of graph.outputs)
    if (!homes.has(value)) homes.set(value, { in: "made", index: made.push(value) - 1 });
  const pairs = steps.map(({ node, shading }) => safePairs(node, shading.inPlace));
  const heirs = inheritances(
    steps.map(({ node }, step) => ({ node, inPlace: pairs[step] })),
    graph,
    made,
    overwritable,
  );
  // results of few numbers, as a loss, lie apart: who keeps one must not keep the buffer that large ones are in
  const madeIn: { readonly slab: 0 | 1; readonly offset: number }[] = [];
  const madeBytes: [few: number, many: number] = [0, 0];
  made.forEach((value, i) => {
    const bytes = gpuBytes(graph.values[value]!.shape);
    const slab = bytes <= fewBytes ? 0 : 1;
    madeIn.push({ slab, offset: madeBytes[slab] });
    if (!heirs.has(i)) madeBytes[slab] += aligned(bytes);
  });
  for (const bytes of madeBytes) checkBuffer(gpu, "the results of a recorded function", bytes);
  // what the program keeps from run to run: weights that are prepared, constant tables, and slots
  let tableBytes = 0;
  const keep = (bytes: number): number => {
    const at = tableBytes;
    tableBytes += aligned(bytes);
    return at;
  };
  for (const { node } of steps)
    if (prepares(node)) {
      const [value] = node.outputs as [number];
      homes.set(value, { in: "tables", offset: keep(gpuBytes(graph.values[value]!.shape)) });
    }
  const plan = planMemory({
    steps: steps.map(({ node, shading }, step) => ({
      reads: node.inputs.map(({ value }) => value),
      writes: node.outputs,
      temporaries: shading.temporaries.map(aligned),
      inPlace: pairs[step]!.map(([read, write]) => [node.outputs[write]!, node.inputs[read]!.value] as const),
    })),
    bytes: new Map(graph.values.map(({ shape }, i) => [i, aligned(gpuBytes(shape))])),
    external: new Set(homes.keys()),
  });
  for (const [value, offset] of plan.offsets) homes.set(value, { in: "arena", offset });

  const tableOffsets = steps.map(({ shading }) => shading.tables.map((words) => keep(words.byteLength)));
  const slotOffsets = given.map((value) => {
    const bytes = gpuBytes(graph.values[value]!.shape);
    return bytes === 0 || bytes > slotBytes ? -1 : keep(bytes);
  });

  // shaders
  const sizeOfValue = (value: number): number => gpuBytes(graph.values[value]!.shape);
  const boundOf = (step: number, { in: list, index }: Place): Bound => {
    const { node, shading } = steps[step]!;
    if (list === "temporaries") {
      const size = Math.ceil(shading.temporaries[index]! / 16) * 16;
      return { in: "arena", offset: plan.temporaries[step]![index]!, size };
    }
    if (list === "tables") {
      const size = Math.ceil(shading.tables[index]!.byteLength / 16) * 16;
      return { in: "tables", offset: tableOffsets[step]![index]!, size };
    }
    const value = list === "inputs" ? node.inputs[index]!.value : node.outputs[index]!;
    const home = homes.get(value)!;
    const heir = home.in === "made" ? heirs.get(home.index) : undefined;
    return { ...(heir === undefined ? home : { in: "given", index: heir }), size: sizeOfValue(value) };
  };
  const keyOf = (bound: Bound): string => `${bound.in} ${"index" in bound ? bound.index : bound.offset}`;
  /** What a step does: dispatches that are the same at every run, or members whose places only a run knows. */
  const parts: readonly (ProgramDispatch | { readonly step: number; readonly many: ManyShading })[] = steps.flatMap(
    ({ node, shading }, step) => [
      ...(shading.many === undefined ? [] : [{ step, many: shading.many }]),
      ...shading.dispatches.map((dispatch): ProgramDispatch => {
        for (const { place } of dispatch.variables)
          if (place.in === "temporaries")
            checkBinding(gpu, `the scratch memory of ${node.op}`, shading.temporaries[place.index]!);
        const made = bind(
          pipelines,
          node.op,
          dispatch,
          (variable) => keyOf(boundOf(step, variable.place)),
          mostBuffers,
        );
        if (made === undefined) throw new NoKernelError(node.op);
        const { bound, ...rest } = made;
        return { ...rest, step, resources: bound.map(({ place }) => boundOf(step, place)) };
      }),
    ],
  );
  checkBuffer(gpu, "what a recorded function keeps", tableBytes);
  arena.reserve(plan.total);
  const tables = tableBytes > 0 ? device.createBuffer({ size: tableBytes, usage: tensorUsage }) : undefined;
  steps.forEach(({ shading }, step) =>
    shading.tables.forEach((words, i) => queue.writeBuffer(tables!, tableOffsets[step]![i]!, words as BufferSource)),
  );

  let builtFor: GPUBuffer | undefined;
  const sets: BindingSet[] = [];
  /** Keeps the newest sets. */
  const forget = (kept: number): void => {
    for (const set of sets.splice(kept)) for (const table of set.tables) table.destroy();
  };
  const rangeOf = (bound: Bound, buffers: readonly Location[]): Range => {
    const { size } = bound;
    if ("offset" in bound)
      return { buffer: bound.in === "arena" ? arena.buffer() : tables!, offset: bound.offset, size };
    const at = buffers[bound.in === "given" ? bound.index : given.length + bound.index]!;
    return { buffer: at.buffer, offset: at.offset, size };
  };
  const manyCalls = (step: number, many: ManyShading, buffers: readonly Location[], own: GPUBuffer[]): Call[] => {
    const { op } = steps[step]!.node;
    const calls = planMany(many, (list, index) => rangeOf(boundOf(step, { in: list, index }), buffers), {
      buffers: mostBuffers,
      bytes: limits.maxStorageBufferBindingSize,
    });
    if (calls === undefined) throw new NoKernelError(op);
    return calls.map(({ wgsl, ranges, table, groups }) => {
      const buffer = device.createBuffer({ size: table.byteLength, usage: tensorUsage });
      queue.writeBuffer(buffer, 0, table as BufferSource);
      own.push(buffer);
      const { pipeline, layout } = pipelines.of(wgsl, ranges.length + 1, op);
      return { pipeline, bindGroup: bindGroupOf(device, layout, [...ranges, { buffer }]), groups, step };
    });
  };
  /** The dispatches for these buffers; those that see the same as in another set are taken from there. */
  const callsFor = (buffers: readonly Location[]): readonly (readonly Call[])[] => {
    if (builtFor !== arena.buffer()) {
      builtFor = arena.buffer();
      forget(0);
    }
    const known = sets.findIndex((set) => sameLocations(set.buffers, buffers));
    if (known >= 0) {
      const [set] = sets.splice(known, 1);
      sets.unshift(set!);
      return set!.calls;
    }
    const [last] = sets;
    const isNew = buffers.map(
      (at, i) => last === undefined || last.buffers[i]!.buffer !== at.buffer || last.buffers[i]!.offset !== at.offset,
    );
    const changed = (at: Bound): boolean =>
      (at.in === "given" && isNew[at.index]!) || (at.in === "made" && isNew[given.length + at.index]!);
    const own: GPUBuffer[] = [];
    const calls = parts.map((part, i): readonly Call[] => {
      if ("many" in part) return manyCalls(part.step, part.many, buffers, own);
      const { pipeline, layout, resources, groups, step } = part;
      if (last !== undefined && !resources.some(changed)) return last.calls[i]!;
      const bindGroup = bindGroupOf(
        device,
        layout,
        resources.map((at) => rangeOf(at, buffers)),
      );
      return [{ pipeline, bindGroup, groups, step }];
    });
    sets.unshift({ buffers, calls, tables: own });
    forget(mostSets);
    return calls;
  };

  /** What the slots hold. */
  const inSlot = new Array<DataId | undefined>(given.length);
  const locate = (dataId: DataId, i: number): Location => {
    const values = gpu.hostValues(dataId);
    const offset = slotOffsets[i]!;
    if (values === undefined || offset < 0) return gpu.locate(dataId);
    if (inSlot[i] !== dataId) {
      queue.writeBuffer(tables!, offset, asWords(values, graph.values[given[i]!]!.dtype) as BufferSource);
      inSlot[i] = dataId;
    }
    return { buffer: tables!, offset };
  };
  /** What is given to nodes of many members. */
  const ofMany = [
    ...new Set(
      steps.flatMap(({ node, shading }) =>
        shading.many === undefined
          ? []
          : node.inputs.flatMap(({ value }) => {
              const home = homes.get(value)!;
              return home.in === "given" ? [home.index] : [];
            }),
      ),
    ),
  ];
  const isOfMany = given.map((_, i) => ofMany.includes(i));
  const constants = [...graph.constants.values()] as readonly DataId[];
  const nowhere: Location = { buffer: undefined as unknown as GPUBuffer, offset: 0 };

  /** Which given value each part prepares something of, and of which tensor that has been prepared. */
  const preparesFrom = parts.map(({ step }): number | undefined => {
    const { node } = steps[step]!;
    if (!prepares(node)) return undefined;
    const home = homes.get(node.inputs[0]!.value)!;
    return home.in === "given" ? home.index : undefined;
  });
  const prepared = new Array<DataId | undefined>(given.length);
  const hasPreparations = preparesFrom.some((from) => from !== undefined);

  const handedOn = new Set(heirs.values());
  const sizes = given.map(sizeOfValue);
  // most of what is given, the parameters, is where it was at the last call
  let lastIds: readonly DataId[] = [];
  let lastLocations: readonly Location[] = [];
  let lastRelocations = -1;
  /** Of what is given, what lies in a buffer of the caller's own: several tensors may be in one. */
  const isCallers = new Array<boolean>(given.length).fill(false);
  const locateAll = (ids: readonly DataId[]): readonly Location[] => {
    const stay = gpu.relocations() === lastRelocations;
    lastRelocations = -1; // an error on the way leaves some of them
    let isNew = false;
    const locations = ids.map((id, i) => {
      if (stay && lastIds[i] === id) return lastLocations[i]!;
      isNew ||= isOfMany[i]!;
      isCallers[i] = gpu.isExternal(id);
      return sizes[i] === 0 ? nowhere : locate(id, i);
    });
    if (isNew) {
      const all = ids.map((id, i) => ({ id, bytes: sizes[i]! }));
      moveTogether(gpu, all, locations, ofMany, tables);
    }
    [lastIds, lastLocations, lastRelocations] = [ids, locations, gpu.relocations()];
    return locations;
  };

  type Encode = (encoder: GPUCommandEncoder, calls: readonly (readonly Call[])[]) => void;

  const encodeOnePass: Encode = (encoder, calls) => {
    if (calls.length === 0) return;
    const pass = encoder.beginComputePass();
    let current: GPUComputePipeline | undefined;
    for (const some of calls)
      for (const { pipeline, bindGroup, groups } of some) {
        if (pipeline !== current) pass.setPipeline((current = pipeline));
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
      }
    pass.end();
  };

  const execute = (inputs: readonly Tensor[], encode: Encode): Tensor[] => {
    const ids = [...inputs.map(({ dataId }) => dataId), ...constants];
    const locations = locateAll(ids);
    const buffers = [...locations];

    // shaders may write wherever they read, so what is given twice, or is shared and written over, is copied first
    const copies: { readonly index: number; readonly from: Location; readonly bytes: number; readonly at: number }[] =
      [];
    let copyBytes = 0;
    const copy = (index: number): void => {
      const bytes = sizeOfValue(given[index]!);
      copies.push({ index, from: buffers[index]!, bytes, at: copyBytes });
      copyBytes += aligned(bytes);
    };
    const counts = new Map<DataId, number>();
    if (hasRepeated(ids)) for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    const seen = new Set<DataId>();
    if (counts.size > 0 || handedOn.size > 0)
      ids.forEach((id, i) => {
        if (buffers[i] === nowhere) return;
        const isRepeated = (counts.get(id) ?? 1) > 1;
        const again = isRepeated && seen.has(id) && buffers[i]!.buffer !== tables;
        if (isRepeated) seen.add(id);
        const shared = handedOn.has(i) && (isRepeated || !gpu.isAlone(id));
        if (again || shared || (handedOn.has(i) && buffers[i]!.buffer === tables)) copy(i);
      });
    if (isCallers.includes(true)) {
      const met = new Set<GPUBuffer>();
      buffers.forEach(({ buffer }, i) => {
        if (!isCallers[i] || copies.some(({ index }) => index === i)) return;
        if (met.has(buffer)) copy(i);
        met.add(buffer);
      });
    }
    checkBuffer(gpu, "the copies of what is given to a recorded function", copyBytes);
    const slabs: Slab[] = [];
    const slabOf = (bytes: number): Slab | undefined => {
      if (bytes === 0) return undefined;
      const slab = gpu.slab(bytes);
      slabs.push(slab);
      return slab;
    };
    let [copied, few, many]: (Slab | undefined)[] = [];
    let calls: ReturnType<typeof callsFor>;
    try {
      [copied, few, many] = [slabOf(copyBytes), slabOf(madeBytes[0]), slabOf(madeBytes[1])];
      for (const { index, at } of copies) buffers[index] = { buffer: copied!.buffer, offset: at };
      for (const [i, { slab, offset }] of madeIn.entries())
        buffers.push(heirs.has(i) ? nowhere : { buffer: (slab === 0 ? few : many)!.buffer, offset });
      gpu.flush();
      calls = callsFor(buffers);
    } catch (error) {
      for (const unused of slabs) gpu.bufferManager.releaseBuffer(unused.buffer);
      throw error;
    }
    const encoder = device.createCommandEncoder();
    for (const { from, bytes, at } of copies)
      encoder.copyBufferToBuffer(from.buffer, from.offset, copied!.buffer, at, bytes);
    const isStale = (from: number | undefined): boolean => from === undefined || prepared[from] !== ids[from];
    encode(encoder, hasPreparations ? calls.filter((_, i) => isStale(preparesFrom[i])) : calls);
    if (hasPreparations) for (const from of preparesFrom) if (from !== undefined) prepared[from] = ids[from];
    queue.submit([encoder.finish()]);

    const isCopied = new Map(copies.map(({ index, at }) => [index, at]));
    const outputs = made.map((value, i): TensorInfo => {
      const { shape, dtype } = graph.values[value]!;
      const heir = heirs.get(i);
      const { slab, offset } = madeIn[i]!;
      if (heir === undefined) return gpu.partOf({ slab: (slab === 0 ? few : many)!, offset }, shape, dtype);
      const at = isCopied.get(heir);
      return at === undefined
        ? gpu.take(ids[heir]!, shape, dtype)
        : gpu.partOf({ slab: copied!, offset: at }, shape, dtype);
    });
    if (copied?.uses === 0) gpu.bufferManager.releaseBuffer(copied.buffer);
    const first = new Set<number>();
    return graph.outputs.map(({ value, shape }) => {
      const home = homes.get(value)! as Extract<Home, { index: number }>;
      const dataId = home.in === "made" ? outputs[home.index]!.dataId : ids[home.index]!;
      if (home.in !== "made" || first.has(value)) gpu.incRef(dataId);
      first.add(value);
      const { dtype } = graph.values[value]!;
      return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype }, gpu);
    });
  };

  return {
    run: (inputs) => execute(inputs, encodeOnePass),
    arenaBytes: plan.total,
    persistentBytes: tableBytes,
    commands: parts.length,
    wouldKeep: () => false,
    profile: async (inputs) => {
      const timed = timePasses(device);
      for (const tensor of execute(inputs, timed.encode)) tensor.dispose();
      const perStep = new Array<number>(steps.length).fill(0);
      for (const { step, seconds } of await timed.times()) perStep[step]! += seconds;
      return perStep;
    },
    dispose: () => {
      forget(0);
      tables?.destroy();
      arena.leave(plan.total);
    },
  };
};
