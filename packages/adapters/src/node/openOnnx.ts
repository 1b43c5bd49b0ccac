import type { OnnxModel } from "../onnxDenoiser.ts";
import { outsideData } from "../onnx/outsideData.ts";
import { reject } from "./fault.ts";
import { peer } from "./peer.ts";
import { readPlain } from "./readPart.ts";

/** Which ONNX Runtime, and how it is to run. */
export type OpenOnnxOptions = {
  /** "node" for onnxruntime-node, native code; "web" for onnxruntime-web, WebAssembly. Default "node". */
  readonly runtime?: "node" | "web";
  /** Threads; by default as many as the runtime chooses. */
  readonly threads?: number;
};

/** The part that both libraries have in common. */
type Library = {
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: { readonly intraOpNumThreads?: number; readonly logSeverityLevel?: 3 },
    ): Promise<OnnxModel["session"]>;
  };
  readonly Tensor: OnnxModel["Tensor"];
  readonly env?: { readonly wasm?: { numThreads?: number } };
};

/** In names that bundlers and compilers do not follow: neither has to be installed. */
const libraries = { node: "onnxruntime-node", web: "onnxruntime-web" } as const;

/** What a protocol buffer may have at most. */
const largest = 2 ** 31 - 1;

/**
 * Reads an ONNX file into ONNX Runtime. The weights must be in the file itself.
 * @returns the model, for `onnxDenoiser`; release its session when it is no longer used
 * @throws RangeError for options that are none
 * @throws FileError, FormatError if the file is missing, no ONNX file, or of ops that ONNX Runtime has not
 * @throws MissingPeerError if the optional package of the runtime is not installed
 */
export const openOnnx = async (
  path: string,
  { runtime = "node", threads }: OpenOnnxOptions = {},
): Promise<OnnxModel> => {
  if (!Object.hasOwn(libraries, runtime))
    throw new RangeError(`openOnnx: runtime must be node or web, got "${String(runtime)}"`);
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new RangeError(`openOnnx: threads must be an integer of at least 1, got ${threads}`);
  const bytes = await readPlain(path, "must be an ONNX file", (size) => {
    if (size === 0 || size > largest) reject(path, `must be an ONNX file of 1 to ${largest} bytes`, `${size} bytes`);
  });
  const outside = outsideData(bytes);
  if (outside === "no model")
    return reject(path, "must be an ONNX file", "another format, or a part of one", "restore it");
  if (outside !== undefined)
    return reject(path, "must hold its weights itself", `those of ${outside} in another file`, "save it as one file");
  const name: string = libraries[runtime];
  const library = await peer(name, "an ONNX file", () => import(/* @vite-ignore */ name) as Promise<Library>);
  if (runtime === "web" && threads !== undefined && library.env?.wasm !== undefined)
    library.env.wasm.numThreads = threads;
  try {
    const session = await library.InferenceSession.create(bytes, {
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    });
    return { session, Tensor: library.Tensor };
  } catch (error) {
    return reject(path, "must be a model that ONNX Runtime can load", (error as Error).message);
  }
};
