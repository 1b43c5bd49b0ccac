import { reject } from "./fault.ts";

/** The class of every layer in a Keras configuration, however deep. */
const layerClasses = (value: unknown, isLayer: boolean): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((item) => layerClasses(item, isLayer));
  if (value === null || typeof value !== "object") return [];
  const own = isLayer && "class_name" in value && typeof value.class_name === "string" ? [value.class_name] : [];
  return [
    ...own,
    ...Object.entries(value).flatMap(([key, child]) => layerClasses(child, key === "layers" || key === "layer")),
  ];
};

/**
 * Checks a Keras topology before TensorFlow.js sees it.
 * @param isKnown whether TensorFlow.js has a layer of this class
 * @throws FormatError naming the layers that it has not
 */
export const checkLayers = (path: string, topology: object, isKnown: (name: string) => boolean): void => {
  const config = "model_config" in topology ? topology.model_config : topology;
  const classes = layerClasses(config, true);
  if (classes.length < 2) reject(path, "modelTopology must be a Keras model with layers", "none");
  const unknown = new Set(classes.filter((name) => !isKnown(name)));
  if (unknown.size > 0)
    reject(
      path,
      "must be of layers that TensorFlow.js has",
      [...unknown].sort().join(", "),
      "convert it as a graph model; nothing was run",
    );
};
