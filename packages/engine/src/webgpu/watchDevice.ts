import { DeviceLostError, freshStart, GpuError, type GpuErrorKind, ShaderError } from "../errors.ts";
import { lessMemory, OutOfMemoryError } from "../memoryError.ts";

/** Looks after a device: whatever goes wrong on it becomes a typed error, and nothing goes unnoticed. */
export type Watch = {
  /** The first thing that went wrong: the device's loss, or an error. Nothing on the device is to be trusted after it. */
  readonly failure: () => Error | undefined;
  /** Calls back when something goes wrong; at once if it has. @returns what stops that */
  readonly onFailure: (tell: (failure: Error) => void) => () => void;
  /** Waits for what is still to be told of calls made so far. */
  readonly settled: () => Promise<unknown>;
  /** Runs `f` at once; errors of what it does on the GPU, up to its return, are told here and are no failure. */
  readonly attempt: (f: () => void) => Promise<Error | undefined>;
};

const kinds: readonly GpuErrorKind[] = ["validation", "out-of-memory", "internal"];

const kindOf = (error: GPUError): GpuErrorKind => {
  const { name } = error.constructor;
  return name === "GPUOutOfMemoryError" ? "out-of-memory" : name === "GPUInternalError" ? "internal" : "validation";
};

/** Runs `f` at once, and gives its result with the first error of these kinds that it makes on the device. */
const scoped = <T>(
  device: GPUDevice,
  of: readonly GpuErrorKind[],
  f: () => T,
): { readonly result: T; readonly error: Promise<GPUError | undefined> } => {
  for (const kind of of) device.pushErrorScope(kind);
  const close = async (): Promise<GPUError | undefined> => {
    // on a lost device there may be nothing to pop
    const errors = await Promise.all(of.map(() => device.popErrorScope().catch(() => null)));
    return errors.find((error) => error !== null) ?? undefined;
  };
  try {
    const result = f();
    return { result, error: close() };
  } catch (error) {
    void close();
    throw error;
  }
};

/**
 * Watches a device, and makes its functions tell typed errors: buffers beyond its memory, shaders that do not compile.
 * The label of a shader or a pipeline is taken for the name of the op, that of a buffer for what it holds.
 */
export const watchDevice = (device: GPUDevice): Watch => {
  let failure: Error | undefined;
  let attempts: Promise<Error | undefined>[] | undefined;
  const listeners = new Set<(failure: Error) => void>();
  const fail = (error: Error): void => {
    if (failure !== undefined) return;
    failure = error;
    for (const tell of listeners) tell(error);
    listeners.clear();
  };
  const open = new Set<Promise<unknown>>();
  const told = (error: Promise<Error | undefined>): void => {
    if (attempts !== undefined) {
      attempts.push(error);
      return;
    }
    const closed: Promise<unknown> = error.then((it) => {
      open.delete(closed);
      if (it !== undefined) fail(it);
    });
    open.add(closed);
  };
  const settled = (): Promise<unknown> => Promise.all(open);

  void device.lost.then(({ reason, message }) => fail(new DeviceLostError(reason ?? "unknown", message)));
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    const { error: uncaught } = event as unknown as { readonly error: GPUError }; // not every library of types knows
    const error = new GpuError(kindOf(uncaught), uncaught.message);
    // what earlier calls have still to tell may be its cause
    told(settled().then(() => error));
  });
  watchBuffers(device, told);
  watchShaders(device, told);

  const onFailure: Watch["onFailure"] = (tell) => {
    if (failure !== undefined) tell(failure);
    else listeners.add(tell);
    return () => listeners.delete(tell);
  };
  const attempt: Watch["attempt"] = async (f) => {
    const inside: Promise<Error | undefined>[] = [];
    const { error } = scoped(device, kinds, () => {
      attempts = inside;
      try {
        f();
      } finally {
        attempts = undefined;
      }
    });
    // those inside say more
    const all = Promise.all([...inside, error.then((it) => it && new GpuError(kindOf(it), it.message))]);
    return new Promise((resolve) => {
      const release = onFailure(resolve);
      void all.then((errors) => {
        release();
        resolve(errors.find((it) => it !== undefined));
      });
    });
  };
  return { failure: () => failure, onFailure, settled, attempt };
};

/** Makes the device count the bytes of its buffers, and tell an OutOfMemoryError where there is no more. */
const watchBuffers = (device: GPUDevice, told: (error: Promise<Error | undefined>) => void): void => {
  const make = device.createBuffer.bind(device);
  const most = device.limits.maxBufferSize;
  let inUse = 0;
  const refused = ({ label, size }: GPUBufferDescriptor): OutOfMemoryError =>
    new OutOfMemoryError(label || "a buffer", size, inUse, {
      backend: "webgpu",
      limit: `this GPU has ${Math.floor(most / 2 ** 20)} MiB at most for one buffer`,
      advice: lessMemory,
    });
  const full = ({ label, size }: GPUBufferDescriptor): OutOfMemoryError =>
    new OutOfMemoryError(label || "a buffer", size, inUse, {
      backend: "webgpu",
      limit: "the GPU's memory is full",
      advice: `${freshStart}; ${lessMemory}`,
    });
  device.createBuffer = (descriptor) => {
    const { size } = descriptor;
    if (size > most) throw refused(descriptor);
    const { result, error } = scoped(device, ["out-of-memory"], () => {
      try {
        return make(descriptor);
      } catch (thrown) {
        throw thrown instanceof RangeError ? full(descriptor) : thrown; // memory that is to be mapped
      }
    });
    inUse += size;
    let alive = true;
    const free = (): void => {
      if (alive) inUse -= size;
      alive = false;
    };
    const destroy = result.destroy.bind(result);
    result.destroy = () => {
      free();
      destroy();
    };
    told(
      error.then((it) => {
        if (it === undefined) return undefined;
        free();
        return full(descriptor);
      }),
    );
    return result;
  };
};

/** Makes the device tell a ShaderError where a shader or its pipeline cannot be made. */
const watchShaders = (device: GPUDevice, told: (error: Promise<Error | undefined>) => void): void => {
  const shaderError = ({ label }: GPUObjectDescriptorBase, message: string): ShaderError =>
    new ShaderError(label || "an op", message);
  const watched =
    <D extends GPUObjectDescriptorBase, T>(make: (descriptor: D) => T): ((descriptor: D) => T) =>
    (descriptor) => {
      const { result, error } = scoped(device, ["validation", "internal"], () => make(descriptor));
      told(error.then((it) => it && shaderError(descriptor, it.message)));
      return result;
    };
  device.createShaderModule = watched(device.createShaderModule.bind(device));
  device.createComputePipeline = watched(device.createComputePipeline.bind(device));
  const later = device.createComputePipelineAsync.bind(device);
  device.createComputePipelineAsync = async (descriptor) => {
    try {
      return await later(descriptor);
    } catch (error) {
      throw shaderError(descriptor, error instanceof Error ? error.message : String(error));
    }
  };
};
