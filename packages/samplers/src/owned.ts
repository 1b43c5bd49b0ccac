import type { VectorSpace } from "./vectorSpace.ts";

/** The vectors that a run has made and still owns: whatever happens, each is disposed exactly once or handed over. */
export type Owned<V> = {
  /** Takes v in and returns it. */
  readonly own: (v: V) => V;
  /** Disposes all but these. */
  readonly keepOnly: (kept: readonly V[]) => void;
  /** Hands v over to the caller, who owns it from now on. */
  readonly release: (v: V) => V;
};

/** An empty collection for one run. */
export const owned = <V>({ dispose }: VectorSpace<V>): Owned<V> => {
  const live = new Set<V>();
  return {
    own: (v) => {
      live.add(v);
      return v;
    },
    keepOnly: (kept) => {
      for (const v of live) {
        if (kept.includes(v)) continue;
        live.delete(v);
        dispose?.(v);
      }
    },
    release: (v) => {
      live.delete(v);
      return v;
    },
  };
};
