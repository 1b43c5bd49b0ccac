/** A node that a backend cannot run: a fusion that went too far, or a kernel that it cannot record. */
export class NoKernelError extends Error {
  /** The name of the class. */
  override readonly name = "NoKernelError";
  /** The node's op. */
  readonly op: string;

  /** @param op the node's op */
  constructor(op: string) {
    super(`jit: nothing computes ${op} with these shapes and types in a recorded function`);
    this.op = op;
  }
}
