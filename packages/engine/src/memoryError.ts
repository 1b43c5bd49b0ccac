/** Memory that cannot be had: WebAssembly addresses 4 GiB at most. */
export class OutOfMemoryError extends Error {
  /** The name of the class. */
  override readonly name = "OutOfMemoryError";
  /** What was to be made. */
  readonly wanted: string;
  /** Its bytes. */
  readonly bytes: number;
  /** Bytes in use already. */
  readonly inUse: number;

  /** @param wanted what was to be made, for example "a float32 tensor [64, 1024, 1024]" */
  constructor(wanted: string, bytes: number, inUse: number) {
    const mib = (n: number): string => `${Math.ceil(n / 2 ** 20)} MiB`;
    super(
      `nonmarkov backend: no memory for ${wanted} (${mib(bytes)}): ${mib(inUse)} are in use, and WebAssembly has 4096 MiB ` +
        `at most, less where the system gives less; lower the batch size or the image size, or dispose of tensors`,
    );
    this.wanted = wanted;
    this.bytes = bytes;
    this.inUse = inUse;
  }
}
