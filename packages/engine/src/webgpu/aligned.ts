/** Offsets of bindings must be multiples of this on any adapter. */
const alignment = 256;

/** Bytes of a place in a buffer that others follow. */
export const aligned = (bytes: number): number => Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
