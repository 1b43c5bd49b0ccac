/** An IDX file: type code, shape, elements. */
export const idxBytes = (type: number, shape: readonly number[], body: Uint8Array): Uint8Array => {
  const out = new Uint8Array(4 + 4 * shape.length + body.length);
  const view = new DataView(out.buffer);
  out.set([0, 0, type, shape.length]);
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size));
  out.set(body, 4 + 4 * shape.length);
  return out;
};

/** An IDX file of images. */
export const idxImages = (images: readonly (readonly number[])[], height: number, width: number): Uint8Array =>
  idxBytes(8, [images.length, height, width], Uint8Array.from(images.flat()));

/** An IDX file of labels. */
export const idxLabels = (labels: readonly number[]): Uint8Array =>
  idxBytes(8, [labels.length], Uint8Array.from(labels));
