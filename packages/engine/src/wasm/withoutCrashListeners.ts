const events = ["uncaughtException", "unhandledRejection"] as const;

/** The part of Node's process that is used; browsers have none. */
type Process = {
  readonly listeners: (event: string) => readonly ((...args: never[]) => void)[];
  readonly off: (event: string, listener: (...args: never[]) => void) => unknown;
};

/**
 * Runs f, and takes away the listeners that the loader of the wasm binary leaves behind in Node: with them, any later
 * error that nobody catches would print the loader's one line of 50 kB and change the exit code.
 */
export const withoutCrashListeners = async (f: () => Promise<void>): Promise<void> => {
  const { process } = globalThis as unknown as { readonly process?: Partial<Process> };
  const { listeners, off } = process ?? {};
  if (listeners === undefined || off === undefined) return f();
  const all = () => events.flatMap((event) => listeners.call(process, event).map((listener) => ({ event, listener })));
  const before = new Set(all().map(({ listener }) => listener));
  try {
    await f();
  } finally {
    for (const { event, listener } of all())
      if (!before.has(listener) && /ExitStatus|throw reason/.test(String(listener))) off.call(process, event, listener);
  }
};
