/** Whose memory is full, and what can be done about it. */
export type MemoryOf = {
  /** The backend. */
  readonly backend: string;
  /** What it can have at most, as the end of "..., and". */
  readonly limit: string;
  /** What to do. */
  readonly advice: string;
};

/** What to do where memory is short, in words. */
export const lessMemory = "lower the batch size or the image size, or dispose of tensors";

const webAssembly: MemoryOf = {
  backend: "nonmarkov",
  limit: "WebAssembly has 4096 MiB at most, less where the system gives less",
  advice: lessMemory,
};

/** Memory that cannot be had: WebAssembly addresses 4 GiB at most, a GPU has what is built in. */
export class OutOfMemoryError extends Error {
  /** The name of the class. */
  override readonly name = "OutOfMemoryError";
  /** The backend whose memory is full. */
  readonly backend: string;
  /** What was to be made. */
  readonly wanted: string;
  /** Its bytes. */
  readonly bytes: number;
  /** Bytes in use already. */
  readonly inUse: number;

  /**
   * @param wanted what was to be made, for example "a float32 tensor [64, 1024, 1024]"
   * @param of whose memory it is, default the nonmarkov backend's
   */
  constructor(wanted: string, bytes: number, inUse: number, { backend, limit, advice }: MemoryOf = webAssembly) {
    const mib = (n: number): string => `${Math.ceil(n / 2 ** 20)} MiB`;
    super(
      `${backend} backend: no memory for ${wanted} (${mib(bytes)}): ${mib(inUse)} are in use, and ${limit}; ${advice}`,
    );
    this.backend = backend;
    this.wanted = wanted;
    this.bytes = bytes;
    this.inUse = inUse;
  }
}
