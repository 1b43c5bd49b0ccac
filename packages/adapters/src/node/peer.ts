/** A package that is needed for this kind of model only is not installed. */
export class MissingPeerError extends Error {
  /** "MissingPeerError", which tells the class where instanceof cannot: across bundles and processes. */
  override readonly name = "MissingPeerError";
  /** The package. */
  readonly peer: string;
  /** @param peer the package, with its version */
  constructor(peer: string, what: string, cause: unknown) {
    super(`${what} needs the package ${peer}, which cannot be loaded here; install it: npm install ${peer}`, { cause });
    this.peer = peer;
  }
}

/** Loads an optional package. @throws MissingPeerError if it cannot be loaded */
export const peer = async <T>(name: string, what: string, load: () => Promise<T>): Promise<T> => {
  try {
    return await load();
  } catch (error) {
    throw new MissingPeerError(name, what, error);
  }
};
