import { decode } from "./protobuf.ts";

/** Numbers of the fields of onnx.proto that lead to weights. */
const model = { irVersion: 1, graph: 7, functions: 25 };
const graph = { node: 1, initializer: 5, sparseInitializer: 15 };
const modelFunction = { node: 7 };
const node = { attribute: 5 };
const attribute = { tensor: 5, graph: 6, tensors: 10, graphs: 11, sparse: 22, sparses: 23 };
const sparse = { values: 1, indices: 2 };
const tensor = { name: 8, externalData: 13, dataLocation: 14 };

const parts = (message: Uint8Array, ...numbers: readonly number[]): readonly Uint8Array[] =>
  decode(message).flatMap(({ number, value }) =>
    numbers.includes(number) && value instanceof Uint8Array ? [value] : [],
  );

const ofTensor = (bytes: Uint8Array): string | undefined => {
  const fields = decode(bytes);
  const isOutside = fields.some(
    ({ number, value }) => number === tensor.externalData || (number === tensor.dataLocation && value === 1n),
  );
  if (!isOutside) return undefined;
  const name = fields.find(({ number }) => number === tensor.name)?.value;
  return name instanceof Uint8Array ? new TextDecoder().decode(name) : "a tensor";
};

const first = (tensors: readonly Uint8Array[], of: (bytes: Uint8Array) => string | undefined): string | undefined => {
  for (const one of tensors) {
    const outside = of(one);
    if (outside !== undefined) return outside;
  }
  return undefined;
};

const ofNodes = (nodes: readonly Uint8Array[]): string | undefined => {
  const attributes = nodes.flatMap((one) => parts(one, node.attribute));
  const sparses = attributes.flatMap((one) => parts(one, attribute.sparse, attribute.sparses));
  const tensors = [
    ...attributes.flatMap((one) => parts(one, attribute.tensor, attribute.tensors)),
    ...sparses.flatMap((one) => parts(one, sparse.values, sparse.indices)),
  ];
  return (
    first(tensors, ofTensor) ??
    first(
      attributes.flatMap((one) => parts(one, attribute.graph, attribute.graphs)),
      ofGraph,
    )
  );
};

const ofGraph = (bytes: Uint8Array): string | undefined => {
  const sparses = parts(bytes, graph.sparseInitializer).flatMap((one) => parts(one, sparse.values, sparse.indices));
  return first([...parts(bytes, graph.initializer), ...sparses], ofTensor) ?? ofNodes(parts(bytes, graph.node));
};

/**
 * A tensor of an ONNX file whose numbers are in another file, whose path the file chooses; undefined where there is none, and
 * "no model" where the bytes are no ONNX file at all.
 */
export const outsideData = (file: Uint8Array): string | undefined => {
  try {
    const graphs = parts(file, model.graph);
    const hasVersion = decode(file).some(
      ({ number, value }) => number === model.irVersion && typeof value === "bigint",
    );
    if (graphs.length !== 1 || !hasVersion) return "no model";
    const functions = parts(file, model.functions).flatMap((one) => parts(one, modelFunction.node));
    return ofGraph(graphs[0]!) ?? ofNodes(functions);
  } catch (error) {
    if (error instanceof RangeError) return "no model";
    throw error;
  }
};
