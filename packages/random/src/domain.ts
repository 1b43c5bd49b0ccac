/**
 * What a counter is for. Drawing, splitting and folding in use disjoint counters of one bijection, so a child key never
 * repeats the words that its parent draws, nor another kind of child. The domain stands above the 54 bits of a counter.
 */
export const domain = { draw: 0, split: 1 << 22, foldIn: 2 << 22 } as const;
