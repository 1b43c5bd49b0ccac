import type { GraphModel } from "@tensorflow/tfjs-converter";
import { type io, serialization } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { checkGraph } from "./checkGraph.ts";
import { checkLayers } from "./checkLayers.ts";
import { smallEquations } from "./einsumLabels.ts";
import { reject } from "./fault.ts";
import { formatOf, type ModelJson, readModelJson, type TfjsFormat } from "./modelJson.ts";
import { peer } from "./peer.ts";
import { readWeights } from "./readWeights.ts";

/** A TensorFlow.js model of either kind. */
export type TfjsModel =
  | {
      /** Its kind. */
      readonly format: "graph-model";
      /** The model; dispose it. */
      readonly model: GraphModel;
    }
  | {
      /** Its kind. */
      readonly format: "layers-model";
      /** The model; dispose it. */
      readonly model: LayersModel;
    };

/** What a loader of TensorFlow.js throws over a file becomes a fault of the file. */
const loading = async <T>(path: string, load: () => Promise<T>): Promise<T> => {
  try {
    return await load();
  } catch (error) {
    return reject(path, "must be a model that TensorFlow.js can load", (error as Error).message);
  }
};

/** Reads from memory: what has been checked is what is loaded. */
const handler = (artifacts: object): io.IOHandler => ({ load: () => Promise.resolve(artifacts as io.ModelArtifacts) });

const graphModel = async (path: string, json: ModelJson): Promise<GraphModel> => {
  const names = new Set((json.weightsManifest ?? []).flatMap(({ weights }) => weights.map(({ name }) => name)));
  checkGraph(path, json.modelTopology, names);
  if (json["modelInitializer"] !== undefined) checkGraph(path, json["modelInitializer"], names);
  const converter = await peer(
    "@tensorflow/tfjs-converter@4.22.0",
    "a TensorFlow.js graph model",
    () => import("@tensorflow/tfjs-converter"),
  );
  const weights = await readWeights(path, json);
  const modelTopology = smallEquations(json.modelTopology);
  return loading(path, () => converter.loadGraphModel(handler({ ...json, modelTopology, ...weights })));
};

const layersModel = async (path: string, json: ModelJson): Promise<LayersModel> => {
  const layers = await peer(
    "@tensorflow/tfjs-layers@4.22.0",
    "a TensorFlow.js layers model",
    () => import("@tensorflow/tfjs-layers"),
  );
  checkLayers(path, json.modelTopology, (name) =>
    Object.hasOwn(serialization.SerializationMap.getMap().classNameMap, name),
  );
  const weights = await readWeights(path, json);
  const { trainingConfig: _, ...rest } = json;
  return loading(path, () => layers.loadLayersModel(handler({ ...rest, ...weights })));
};

const expectFormat = (path: string, json: ModelJson, wanted: TfjsFormat): void => {
  const format = formatOf(path, json);
  if (format !== wanted) reject(path, `must be a ${wanted}`, `a ${format}`, "name another file, or use openTfjs");
};

/**
 * Reads a TensorFlow.js model of either kind, model.json and the weights beside it, onto the current backend. Files are read
 * from the model's own folder only; nothing in them is executed but the ops of TensorFlow.js, when the model is called.
 * @param path of its model.json
 * @throws FileError, FormatError if a file is missing, damaged, or asks for ops or layers that TensorFlow.js has not
 * @throws MissingPeerError if the optional package for this kind of model is not installed
 */
export const openTfjs = async (path: string): Promise<TfjsModel> => {
  const json = await readModelJson(path);
  return formatOf(path, json) === "graph-model"
    ? { format: "graph-model", model: await graphModel(path, json) }
    : { format: "layers-model", model: await layersModel(path, json) };
};

/**
 * Reads a TensorFlow.js graph model; see {@link openTfjs}.
 * @throws FileError, FormatError, MissingPeerError as there, and FormatError for a layers model
 */
export const openGraphModel = async (path: string): Promise<GraphModel> => {
  const json = await readModelJson(path);
  expectFormat(path, json, "graph-model");
  return graphModel(path, json);
};

/**
 * Reads a TensorFlow.js layers model (Keras); see {@link openTfjs}.
 * @throws FileError, FormatError, MissingPeerError as there, and FormatError for a graph model
 */
export const openLayersModel = async (path: string): Promise<LayersModel> => {
  const json = await readModelJson(path);
  expectFormat(path, json, "layers-model");
  return layersModel(path, json);
};
