import { type Dataset, toBytes } from "@nonmarkov/data";
import { key } from "@nonmarkov/random";
import { createHash } from "node:crypto";
import type { DataFingerprint } from "./model-about.ts";

const atOnce = 1000;

/** The SHA-256 of all examples, as bytes, with their labels. Data that are generated have a name only. */
export const fingerprintOf = (dataset: Dataset): DataFingerprint => {
  const { name, size } = dataset;
  if (!Number.isFinite(size)) return { name, rows: null, sha256: null };
  const hash = createHash("sha256");
  for (let first = 0; first < size; first += atOnce) {
    const indices = Array.from({ length: Math.min(atOnce, size - first) }, (_, i) => first + i);
    const { x, labels } = dataset.rows(indices, key(0));
    hash.update(toBytes(x)).update(new Uint8Array(labels.buffer));
  }
  return { name, rows: size, sha256: hash.digest("hex") };
};
