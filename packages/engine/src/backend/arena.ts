import type { Machine } from "../machine/machine.ts";
import { OutOfMemoryError } from "../memoryError.ts";

/** Memory for what programs compute on their way. One program runs at a time, so all share it. */
export type Arena = {
  /** Makes it at least so large. It may move. */
  readonly reserve: (bytes: number) => void;
  /** Where it lies now. */
  readonly base: () => number;
  /** Tells that a program of this size is gone; the last one frees the arena. */
  readonly leave: (bytes: number) => void;
};

const arenas = new WeakMap<Machine, Arena>();

/** The arena of a machine. */
export const arenaOf = (machine: Machine): Arena => {
  const existing = arenas.get(machine);
  if (existing !== undefined) return existing;
  const sizes: number[] = [];
  let base = 0;
  let size = 0;
  const arena: Arena = {
    base: () => base,
    reserve: (bytes) => {
      sizes.push(bytes);
      if (bytes <= size) return;
      if (size > 0) machine.release(base);
      size = 0;
      const address = machine.allocate(bytes);
      if (address === undefined) {
        sizes.pop();
        base = 0;
        throw new OutOfMemoryError("what a recorded function computes on its way", bytes, machine.usage().bytes);
      }
      base = address;
      size = bytes;
    },
    leave: (bytes) => {
      sizes.splice(sizes.indexOf(bytes), 1);
      if (sizes.length > 0 || size === 0) return;
      machine.release(base);
      base = 0;
      size = 0;
    },
  };
  arenas.set(machine, arena);
  return arena;
};
