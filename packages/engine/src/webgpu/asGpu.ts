import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import { type BackendValues, type DataId, type DataType, util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { refuseReading } from "../jit/recording.ts";
import type { Entry, Gpu, Internals, Part } from "./gpu.ts";

const { STORAGE, COPY_SRC, COPY_DST } = { STORAGE: 0x80, COPY_SRC: 4, COPY_DST: 8 }; // as in GPUBufferUsage
const MAP_READ = 1;

/** The usage of buffers that tensors are in, as tfjs has it, so that both share one pool. */
export const tensorUsage = STORAGE | COPY_SRC | COPY_DST;

/** Every number takes 32 bits. */
export const gpuBytes = (shape: readonly number[]): number => 4 * sizeOf(shape);

/** Numbers as they lie on the device: bools are words. */
export const asWords = (values: BackendValues, dtype: DataType): ArrayBufferView =>
  dtype === "bool" ? Int32Array.from(values as Uint8Array) : (values as Float32Array | Int32Array);

const usedUp = (): never => {
  throw new Error("webgpu backend: a tensor has no numbers any more; it was given to a recorded function to overwrite");
};

/**
 * Teaches a backend of tfjs about slabs: its own kernels find a part in a buffer of its own as soon as they ask for it, and
 * what they make can be found by ours.
 */
export const asGpu = (backend: WebGPUBackend): Gpu => {
  const inner = backend as unknown as Internals;
  const { tensorMap } = inner;
  const { bufferManager } = backend;
  const [upload, toGpu, dispose, release, isForHost, read, readSync] = [
    backend.uploadToGPU.bind(backend),
    backend.readToGPU.bind(backend),
    backend.disposeData.bind(backend),
    inner.releaseResource.bind(backend),
    backend.shouldExecuteOnCPU.bind(backend),
    backend.read.bind(backend),
    backend.readSync.bind(backend),
  ];

  const leave = ({ slab }: Part, release: (buffer: GPUBuffer) => unknown): void => {
    if (--slab.uses === 0) release(slab.buffer);
  };
  const bytesOf = ({ shape }: Entry): number => gpuBytes(shape);
  const add = (entry: Entry): DataId => {
    const dataId = { id: inner.nextDataId() };
    tensorMap.set(dataId, entry);
    return dataId;
  };
  let relocations = 0;

  /** A part as a buffer of its own. */
  const settle = (entry: Entry): void => {
    relocations++;
    const { slab, offset } = entry.part!;
    const bytes = bytesOf(entry);
    const buffer = bufferManager.acquireBuffer(bytes, tensorUsage);
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    inner.commandEncoder!.copyBufferToBuffer(slab.buffer, offset, buffer, 0, bytes);
    leave(entry.part!, (last) => inner.uniformPendingDisposal.push(last)); // the copy is not submitted yet
    entry.part = undefined;
    entry.resource = buffer;
  };

  const methods: Partial<Gpu> & Pick<Internals, "releaseResource"> = {
    uploadToGPU: (id) => {
      const entry = tensorMap.get(id);
      if (entry.isUsedUp) usedUp();
      if (entry.part !== undefined) settle(entry);
      upload(id);
    },
    readToGPU: (id, ...options) => {
      methods.uploadToGPU!(id);
      return toGpu(id, ...options);
    },
    disposeData: (id, force) => {
      if (force === true) relocations++; // another backend takes it, and may give it back by the same name
      return dispose(id, force);
    },
    shouldExecuteOnCPU: (inputs, ...threshold) =>
      inputs.every(({ dataId }) => {
        const { part, isUsedUp } = tensorMap.get(dataId);
        return part === undefined && !isUsedUp;
      }) && isForHost(inputs, ...threshold),
    releaseResource: (id) => {
      const entry = tensorMap.has(id) ? tensorMap.get(id) : undefined;
      if (entry?.part !== undefined) {
        leave(entry.part, (last) => bufferManager.releaseBuffer(last));
        entry.part = undefined;
      }
      release(id);
    },
    read: async (id) => {
      refuseReading("data");
      const entry = tensorMap.get(id);
      const { part, dtype } = entry;
      if (entry.isUsedUp) usedUp();
      if (part === undefined || entry.values) return read(id);
      const bytes = bytesOf(entry);
      const staging = bufferManager.acquireBuffer(bytes, COPY_DST | MAP_READ);
      backend.ensureCommandEncoderReady();
      backend.endComputePassEncoder();
      inner.commandEncoder!.copyBufferToBuffer(part.slab.buffer, part.offset, staging, 0, bytes);
      backend.submitQueue();
      try {
        await staging.mapAsync(MAP_READ);
        const numbers = staging.getMappedRange().slice(0);
        staging.unmap();
        const values = util.convertBackendValuesAndArrayBuffer(numbers, dtype as "float32");
        if (entry.isUsedUp !== true) entry.values = values; // tfjs keeps what was read
        return values;
      } finally {
        bufferManager.releaseBuffer(staging);
      }
    },
    readSync: (id) => {
      refuseReading("dataSync");
      const entry = tensorMap.get(id);
      if (entry.isUsedUp) usedUp();
      if (entry.part !== undefined && !entry.values) settle(entry);
      return readSync(id);
    },
    locate: (id) => {
      const entry = tensorMap.get(id);
      if (entry.part !== undefined) return { buffer: entry.part.slab.buffer, offset: entry.part.offset };
      if (entry.isUsedUp) usedUp();
      if (!entry.resource) upload(id);
      return { buffer: entry.resource!, offset: 0 };
    },
    hostValues: (id) => {
      const { values, resource, part, isUsedUp } = tensorMap.get(id);
      if (isUsedUp) usedUp();
      return values && !resource && part === undefined ? values : undefined;
    },
    slab: (bytes) => ({ buffer: bufferManager.acquireBuffer(bytes, tensorUsage), uses: 0 }),
    partOf: (part, shape, dtype) => {
      part.slab.uses++;
      const dataId = add({ values: null, dtype, shape, refCount: 1, part });
      return { dataId, shape: [...shape], dtype };
    },
    moveTo: (id, part) => {
      relocations++;
      const entry = tensorMap.get(id);
      const own = entry.part === undefined && entry.external !== true ? entry.resource : undefined;
      part.slab.uses++;
      if (own) entry.resource = null;
      methods.releaseResource(id);
      entry.values = null;
      entry.part = part;
      return own ?? undefined;
    },
    take: (id, shape, dtype) => {
      relocations++;
      methods.locate!(id);
      const entry = tensorMap.get(id);
      const { part, resource } = entry;
      const dataId = add({ values: null, dtype, shape, refCount: 1, ...(part ? { part } : { resource: resource! }) });
      entry.values = null;
      entry.part = undefined;
      entry.resource = null;
      entry.isUsedUp = true;
      return { dataId, shape: [...shape], dtype };
    },
    relocations: () => relocations,
    isExternal: (id) => tensorMap.get(id).external === true,
    isAlone: (id) => {
      const { refCount, external } = tensorMap.get(id);
      return refCount === 1 && !external;
    },
    imagine: (shape, dtype) => {
      const zeros = dtype === "float32" ? Float32Array : dtype === "int32" ? Int32Array : Uint8Array;
      const entry: Entry = { values: null, dtype, shape, refCount: 1 };
      const lazily = {
        get: () => new zeros(sizeOf(shape)),
        set: (values: BackendValues | null) =>
          Object.defineProperty(entry, "values", { value: values, writable: true }),
        configurable: true,
        enumerable: true,
      };
      Object.defineProperty(entry, "values", lazily);
      return { dataId: add(entry), shape: [...shape], dtype };
    },
    flush: () => {
      backend.endComputePassEncoder();
      if (inner.commandEncoder !== null) backend.submitQueue();
    },
  };
  return Object.assign(backend, methods) as Gpu;
};
