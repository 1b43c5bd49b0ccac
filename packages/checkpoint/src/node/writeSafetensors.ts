import { writeFileAtomic } from "@nonmarkov/files/node";
import { layout } from "../safetensorsHeader.ts";
import { tensorBytes } from "../safetensors.ts";
import type { TensorArray, TensorData } from "../tensorData.ts";

/** A tensor to be written: its elements, or a function that fetches them when their turn comes. */
export type TensorSource = Pick<TensorData, "dtype" | "shape"> & {
  /** The elements, or a function that is called once to get them. */
  readonly data: TensorArray | (() => TensorArray | Promise<TensorArray>);
};

/** Named tensors to be written. */
export type TensorSources = readonly (readonly [name: string, tensor: TensorSource])[];

/**
 * Writes a safetensors file atomically, tensor by tensor from the arrays themselves: no second copy is made, and of
 * tensors given as functions one is held at a time.
 * @param metadata free texts kept in the header
 * @throws RangeError if a name occurs twice, or an array does not fit its shape
 * @throws FileError if the system refuses; nothing is left behind
 */
export const writeSafetensors = async (
  path: string,
  tensors: TensorSources,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> => writeFileAtomic(path, safetensorsPieces(tensors, metadata));

/** The bytes of a safetensors file, piece by piece; the pieces are views of the tensors' arrays. */
export async function* safetensorsPieces(
  tensors: TensorSources,
  metadata: Readonly<Record<string, string>>,
): AsyncGenerator<Uint8Array> {
  const { head, tensors: places } = layout(tensors, metadata);
  yield head;
  const byName = new Map(tensors);
  for (const place of places) yield tensorBytes(place, await fetched(byName.get(place.name)!));
}

const fetched = async ({ data }: TensorSource): Promise<TensorArray> => (typeof data === "function" ? data() : data);
