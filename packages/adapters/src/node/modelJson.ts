import { z } from "zod";
import { reject } from "./fault.ts";
import { readPlain } from "./readPart.ts";

/** As long as a text in V8 may be. */
const longest = 2 ** 28;

const length = z.int().min(0);

const weight = z.looseObject({
  name: z.string(),
  shape: z.array(length),
  dtype: z.enum(["float32", "int32", "bool", "string", "complex64"]),
  quantization: z.looseObject({ dtype: z.enum(["uint8", "uint16", "float16"]) }).optional(),
});

const modelJson = z.looseObject({
  format: z.string().optional(),
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()).min(1), weights: z.array(weight) })).optional(),
});

/** The model.json of a TensorFlow.js model, as far as it is the same for all. */
export type ModelJson = z.infer<typeof modelJson>;
/** What it says of a weight. */
export type WeightSpec = z.infer<typeof weight>;

/** The two kinds of models that TensorFlow.js has. */
export type TfjsFormat = "graph-model" | "layers-model";

/** What zod has against a value, in a line. */
export const issuesOf = (error: z.core.$ZodError): string =>
  error.issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join(".") || "the whole"}: ${message}`)
    .join("; ");

/**
 * Reads and checks a model.json.
 * @throws FileError, FormatError
 */
export const readModelJson = async (path: string): Promise<ModelJson> => {
  const bytes = await readPlain(path, "must be the model.json of a TensorFlow.js model", (size) => {
    if (size > longest)
      reject(path, `must be a JSON file of at most ${longest} bytes`, `${size} bytes`, "name a model.json");
  });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    return reject(
      path,
      "must be JSON",
      (error as Error).message.slice(0, 200),
      "name the model.json of a TensorFlow.js model",
    );
  }
  const parsed = modelJson.safeParse(value);
  return parsed.success
    ? parsed.data
    : reject(path, "must be the model.json of a TensorFlow.js model", issuesOf(parsed.error));
};

/**
 * Which kind of model it is; old converters did not say so.
 * @throws FormatError for an unknown one
 */
export const formatOf = (path: string, { format, modelTopology }: ModelJson): TfjsFormat => {
  if (format === "graph-model" || format === "layers-model") return format;
  if (format !== undefined)
    return reject(
      path,
      "format must be graph-model or layers-model",
      JSON.stringify(format),
      "convert it to one of them",
    );
  return Array.isArray(modelTopology["node"]) ? "graph-model" : "layers-model";
};
