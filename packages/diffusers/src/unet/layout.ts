/**
 * How a parameter lies in PyTorch's memory: convolutions OIHW (here HWIO), linear maps [outputs, inputs] (here the
 * transpose), all else the same.
 */
export type Layout = "conv" | "linear" | "same";

/** The layout of a parameter of ours: by its rank, but for the embedding of classes, whose rows are looked up. */
export const layoutOf = (name: string, shape: readonly number[]): Layout => {
  if (shape.length === 4) return "conv";
  return shape.length === 2 && name !== "class_embedding.weight" ? "linear" : "same";
};

/** PyTorch's shape of a parameter that has `shape` here. */
export const torchShape = (layout: Layout, shape: readonly number[]): readonly number[] => {
  if (layout === "same") return shape;
  const [outputs, inputs, ...window] = shape.toReversed() as [number, number, ...number[]];
  return [outputs, inputs, ...window.reverse()];
};

/** Inputs, outputs, and places of the window: what both layouts order, [outputs, inputs, places] and [places, inputs, outputs]. */
const sizes = (shape: readonly number[]): readonly [inputs: number, outputs: number, places: number] => [
  shape.at(-2)!,
  shape.at(-1)!,
  shape.slice(0, -2).reduce((a, b) => a * b, 1),
];

/** Both sides of a tile, of which a few fit into the innermost cache. */
const TILE = 16;

/** Calls f(here, there) with each element's place in our layout and in PyTorch's, tile by tile. */
const eachPlace = (shape: readonly number[], f: (here: number, there: number) => void): void => {
  const [inputs, outputs, places] = sizes(shape);
  for (let i0 = 0; i0 < inputs; i0 += TILE)
    for (let o0 = 0; o0 < outputs; o0 += TILE)
      for (let o = o0; o < Math.min(o0 + TILE, outputs); o++)
        for (let i = i0; i < Math.min(i0 + TILE, inputs); i++)
          for (let p = 0; p < places; p++) f((p * inputs + i) * outputs + o, (o * inputs + i) * places + p);
};

/** PyTorch's numbers in our order. The array is new, unless the layout is the same. */
export const fromTorch = (layout: Layout, shape: readonly number[], values: Float32Array): Float32Array => {
  if (layout === "same") return values;
  const out = new Float32Array(values.length);
  eachPlace(shape, (here, there) => (out[here] = values[there]!));
  return out;
};

/** Our numbers in PyTorch's order. The array is new, unless the layout is the same. */
export const toTorch = (layout: Layout, shape: readonly number[], values: Float32Array): Float32Array => {
  if (layout === "same") return values;
  const out = new Float32Array(values.length);
  eachPlace(shape, (here, there) => (out[there] = values[here]!));
  return out;
};
