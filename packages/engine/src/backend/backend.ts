import { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import {
  type BackendValues,
  type DataId,
  type DataType,
  type TensorInfo,
  backend_util,
  util,
} from "@tensorflow/tfjs-core";
import type { Dtype } from "../graph/graph.ts";
import type { Machine } from "../machine/machine.ts";
import { sizeOf } from "../graph/shapes/sizeOf.ts";
import { OutOfMemoryError } from "../memoryError.ts";
import { refuseReading } from "../jit/recording.ts";

/** The name under which tfjs knows the backend. */
export const backendName = "nonmarkov";

/** The numbers of a tensor: in the machine's memory, besides strings and complex numbers. */
export type Stored = {
  /** Where they are; undefined for what is not in the machine's memory, or has been used up. */
  address: number | undefined;
  /** How many. */
  readonly size: number;
  /** Their type. */
  readonly dtype: DataType;
  /** How many tensors share them. */
  refCount: number;
  /** A view of them, for kernels of tfjs's cpu backend. It must not be kept: the memory may grow. */
  readonly values: BackendValues | undefined;
  /** The parts of complex numbers. */
  complexTensorInfos?: { readonly real: TensorInfo; readonly imag: TensorInfo };
};

/** The identity of a tensor's numbers, which says where they are: a replay looks at hundreds of them. */
type OwnId = { readonly id: number; address?: number | undefined };

/** tfjs's cpu backend with the machine's memory under it, so that its kernels work on the same tensors. */
export type Backend = MathBackendCPU & {
  /** Computes. */
  readonly machine: Machine;
  /** A tensor whose numbers are not yet set. */
  readonly make: (shape: readonly number[], dtype: Dtype) => TensorInfo & { readonly address: number };
  /** A tensor without numbers, for recording: its shape and type are known, and whoever looks sees zeros. */
  readonly imagine: (shape: readonly number[], dtype: Dtype) => TensorInfo;
  /** A tensor that sees numbers which somebody else owns. */
  readonly borrow: (address: number, shape: readonly number[], dtype: Dtype) => TensorInfo;
  /** Where a tensor's numbers are. @throws Error if they have been used up */
  readonly addressOf: (dataId: DataId) => number;
  /** Whether nobody else shares a tensor's numbers. */
  readonly isAlone: (dataId: DataId) => boolean;
  /** Hands the memory of a tensor to a new one, whose numbers are yet to be set; the old one is used up. */
  readonly take: (dataId: DataId, shape: readonly number[], dtype: Dtype) => TensorInfo & { readonly address: number };
};

/** Bytes of one number. */
export const bytesPer = (dtype: Dtype): number => (dtype === "bool" ? 1 : 4);

const view = (machine: Machine, address: number, size: number, dtype: DataType): BackendValues => {
  const { buffer } = machine.memory;
  if (dtype === "float32") return new Float32Array(buffer, address, size);
  if (dtype === "int32") return new Int32Array(buffer, address, size);
  return new Uint8Array(buffer, address, size);
};

/** An address that is still there. */
const present = (address: number | undefined): number => {
  if (address !== undefined) return address;
  throw new Error(
    "nonmarkov backend: a tensor has no numbers any more; it was given to a recorded function to overwrite",
  );
};

/** The backend on a machine. */
export const makeBackend = (machine: Machine): Backend => {
  const cpu = new MathBackendCPU();
  const data = cpu.data as unknown as {
    get: (id: DataId) => Stored;
    set: (id: DataId, stored: Stored) => void;
    has: (id: DataId) => boolean;
    delete: (id: DataId) => boolean;
  };
  const borrowed = new WeakSet<DataId>();
  let nextId = 0;

  const inMemory = (address: number, size: number, dtype: DataType, refCount: number): Stored => {
    const stored: Stored = {
      address,
      size,
      dtype,
      refCount,
      get values() {
        return view(machine, present(stored.address), size, dtype);
      },
    };
    return stored;
  };
  const allocate = (shape: readonly number[], dtype: Dtype): number => {
    if (!shape.every((n) => Number.isInteger(n) && n >= 0))
      throw new RangeError(`nonmarkov backend: a shape must be of whole numbers, got [${shape.join(", ")}]`);
    const bytes = sizeOf(shape) * bytesPer(dtype);
    const address = machine.allocate(bytes);
    if (address === undefined)
      throw new OutOfMemoryError(`a ${dtype} tensor [${shape.join(", ")}]`, bytes, machine.usage().bytes);
    return address;
  };
  const store = (
    id: DataId,
    values: BackendValues | undefined,
    shape: readonly number[],
    dtype: DataType,
    count: number,
  ): void => {
    if (dtype === "string" || dtype === "complex64") {
      data.set(id, { address: undefined, size: sizeOf(shape), dtype, refCount: count, values });
      return;
    }
    // a view of the machine's memory dies where that grows
    const isView = ArrayBuffer.isView(values) && values.buffer === machine.memory.buffer;
    const numbers = (isView ? (values as Float32Array).slice() : values) as Float32Array | undefined;
    const address = allocate(shape, dtype);
    (id as OwnId).address = address;
    const stored = inMemory(address, sizeOf(shape), dtype, count);
    if (numbers !== undefined) (stored.values as Float32Array).set(numbers);
    data.set(id, stored);
  };

  const methods: Partial<Backend> = {
    machine,
    write: (values, shape, dtype) => {
      const id = { id: nextId++ };
      store(id, values, shape, dtype, 1);
      return id;
    },
    move: (id, values, shape, dtype, refCount) => store(id, values, shape, dtype, refCount),
    // tfjs makes a tensor of it, which only tfjs could dispose of
    makeOutput: (values, shape, dtype) => cpu.makeTensorInfo(shape, dtype, values) as never,
    readSync: (id) => {
      refuseReading("dataSync");
      const { dtype, values, complexTensorInfos } = data.get(id);
      if (complexTensorInfos !== undefined) {
        const parts = [complexTensorInfos.real, complexTensorInfos.imag].map((part) => cpu.readSync(part.dataId));
        return backend_util.mergeRealAndImagArrays(parts[0] as Float32Array, parts[1] as Float32Array);
      }
      return dtype === "string" ? values! : (values as Float32Array).slice();
    },
    read: async (id) => {
      refuseReading("data");
      return cpu.readSync(id);
    },
    disposeData: (id, force = false) => {
      if (!data.has(id)) return true;
      const stored = data.get(id);
      stored.refCount--;
      if (!force && stored.refCount > 0) return false;
      const { address, complexTensorInfos } = stored;
      if (complexTensorInfos !== undefined)
        for (const part of [complexTensorInfos.real, complexTensorInfos.imag]) cpu.disposeData(part.dataId, true);
      if (address !== undefined && !borrowed.has(id)) machine.release(address);
      data.delete(id);
      (id as OwnId).address = undefined;
      return true;
    },
    memory: () => ({ unreliable: false, ...machine.usage() }) as never,
    make: (shape, dtype) => {
      const address = allocate(shape, dtype);
      const dataId: OwnId = { id: nextId++, address };
      data.set(dataId, inMemory(address, sizeOf(shape), dtype, 1));
      return { dataId, shape: [...shape], dtype, address };
    },
    imagine: (shape, dtype) => {
      const dataId = { id: nextId++ };
      const size = sizeOf(shape);
      data.set(dataId, {
        ...{ address: undefined, size, dtype, refCount: 1 },
        get values() {
          return dtype === "float32"
            ? new Float32Array(size)
            : dtype === "int32"
              ? new Int32Array(size)
              : new Uint8Array(size);
        },
      });
      return { dataId, shape: [...shape], dtype };
    },
    borrow: (address, shape, dtype) => {
      const dataId: OwnId = { id: nextId++, address };
      data.set(dataId, inMemory(address, sizeOf(shape), dtype, 1));
      borrowed.add(dataId);
      return { dataId, shape: [...shape], dtype };
    },
    addressOf: (id) => present((id as OwnId).address ?? data.get(id).address),
    isAlone: (id) => data.get(id).refCount === 1 && !borrowed.has(id),
    take: (id, shape, dtype) => {
      const stored = data.get(id);
      const address = stored.address!;
      stored.address = undefined;
      (id as OwnId).address = undefined;
      const dataId: OwnId = { id: nextId++, address };
      data.set(dataId, inMemory(address, sizeOf(shape), dtype, 1));
      return { dataId, shape: [...shape], dtype, address };
    },
    time: async (f) => {
      const begin = util.now();
      f();
      return { kernelMs: util.now() - begin };
    },
    dispose: () => machine.stop(),
  };
  const backend = Object.assign(cpu, methods) as Backend;
  return backend;
};
