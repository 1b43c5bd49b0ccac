/** A stop asked for by Ctrl-C (SIGINT) or SIGTERM. */
export type Interrupt = {
  /** Aborted when the first signal comes. A second one ends the process at once, as if nobody listened. */
  readonly signal: AbortSignal;
  /** Which signal came, if one did. */
  readonly came: () => "SIGINT" | "SIGTERM" | undefined;
  /** Stops listening. */
  readonly release: () => void;
};

/** Listens for the signals that ask a process to stop. */
export const onInterrupt = (announce: (signal: "SIGINT" | "SIGTERM") => void): Interrupt => {
  const controller = new AbortController();
  let first: "SIGINT" | "SIGTERM" | undefined;
  const release = () => {
    process.off("SIGINT", listen);
    process.off("SIGTERM", listen);
  };
  const listen = (signal: NodeJS.Signals) => {
    if (signal !== "SIGINT" && signal !== "SIGTERM") return;
    release();
    first = signal;
    announce(signal);
    controller.abort();
  };
  process.on("SIGINT", listen);
  process.on("SIGTERM", listen);
  return { signal: controller.signal, came: () => first, release };
};
