import type { TensorEntries } from "@nonmarkov/checkpoint";
import { createHash } from "node:crypto";

/** The SHA-256 of a network: of its configuration, and of its weights with their names. */
export const weightsHash = (config: unknown, entries: TensorEntries): string => {
  const hash = createHash("sha256").update(JSON.stringify(config));
  for (const [name, { data }] of entries)
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest("hex");
};
