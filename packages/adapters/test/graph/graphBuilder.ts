import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The types of numbers, as GraphDefs name them. */
const dtypes = { float32: "DT_FLOAT", int32: "DT_INT32", bool: "DT_BOOL" } as const;
type Dtype = keyof typeof dtypes;
type Attr = object;
type GraphNode = { readonly name: string; readonly op: string; readonly input: readonly string[]; readonly attr: Attr };
type Weight = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly data: Uint8Array;
};

/** Writes the GraphDef of a TensorFlow.js graph model, node by node: every method gives the name of the node that it made. */
export type GraphBuilder = {
  readonly input: (name: string, shape: readonly number[], dtype?: Dtype) => string;
  readonly constant: (values: readonly number[], shape: readonly number[], dtype?: Dtype) => string;
  readonly node: (op: string, inputs: readonly string[], attr?: Attr, name?: string) => string;
  /** model.json without weights' places, and their bytes. */
  readonly build: (outputs: readonly string[]) => BuiltGraph;
};

/** A model as it lies in files. */
export type BuiltGraph = {
  readonly json: Record<string, unknown> & { readonly modelTopology: { readonly node: readonly GraphNode[] } };
  readonly weightSpecs: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: Dtype }[];
  readonly weightData: ArrayBuffer;
};

export const attr = {
  type: (dtype: Dtype): Attr => ({ type: dtypes[dtype] }),
  shape: (shape: readonly number[]): Attr => ({ shape: { dim: shape.map((size) => ({ size: `${size}` })) } }),
  int: (value: number): Attr => ({ i: `${value}` }),
  ints: (values: readonly number[]): Attr => ({ list: { i: values.map((value) => `${value}`) } }),
  float: (value: number): Attr => ({ f: value }),
  bool: (value: boolean): Attr => ({ b: value }),
  /** Texts are in base64. */
  text: (value: string): Attr => ({ s: Buffer.from(value).toString("base64") }),
  texts: (values: readonly string[]): Attr => ({
    list: { s: values.map((value) => Buffer.from(value).toString("base64")) },
  }),
};

const bytesOf = (values: readonly number[], dtype: Dtype): Uint8Array =>
  dtype === "bool"
    ? Uint8Array.from(values)
    : new Uint8Array((dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values)).buffer);

export const graphBuilder = (): GraphBuilder => {
  const nodes: GraphNode[] = [];
  const weights: Weight[] = [];
  const inputs: Record<string, object> = {};
  const add = (node: GraphNode): string => {
    nodes.push(node);
    return node.name;
  };
  return {
    input: (name, shape, dtype = "float32") => {
      const { shape: tensorShape } = attr.shape(shape) as { shape: object };
      inputs[name] = { name: `${name}:0`, dtype: dtypes[dtype], tensorShape };
      return add({ name, op: "Placeholder", input: [], attr: { dtype: attr.type(dtype), shape: attr.shape(shape) } });
    },
    constant: (values, shape, dtype = "float32") => {
      const name = `const_${nodes.length}`;
      weights.push({ name, shape, dtype, data: bytesOf(values, dtype) });
      return add({ name, op: "Const", input: [], attr: { dtype: attr.type(dtype) } });
    },
    node: (op, input, attributes = {}, name = `${op.replace(/^_/, "")}_${nodes.length}`) =>
      add({ name, op, input, attr: attributes }),
    build: (outputs) => {
      const all = new Uint8Array(weights.reduce((sum, { data }) => sum + data.length, 0));
      weights.reduce((at, { data }) => (all.set(data, at), at + data.length), 0);
      const named = Object.fromEntries(outputs.map((name, i) => [`output_${i}`, { name: `${name}:0` }]));
      return {
        json: {
          format: "graph-model",
          generatedBy: "2.16.1",
          convertedBy: "TensorFlow.js Converter v4.22.0",
          signature: { inputs, outputs: named },
          modelTopology: { node: nodes, library: {}, versions: { producer: 1882 } },
        } as unknown as BuiltGraph["json"],
        weightSpecs: weights.map(({ name, shape, dtype }) => ({ name, shape, dtype })),
        weightData: all.buffer,
      };
    },
  };
};

/** The model for `loadGraphModel`, without files. */
export const inMemory = ({ json, weightSpecs, weightData }: BuiltGraph): { load: () => Promise<never> } => ({
  load: () => Promise.resolve({ ...json, weightSpecs, weightData } as never),
});

/** Writes the model's files, its weights in as many shards as asked for; gives the path of model.json. */
export const writeModel = (folder: string, { json, weightSpecs, weightData }: BuiltGraph, shards = 1): string => {
  mkdirSync(folder, { recursive: true });
  const size = Math.ceil(weightData.byteLength / shards);
  const paths = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`);
  paths.forEach((path, i) =>
    writeFileSync(join(folder, path), new Uint8Array(weightData.slice(i * size, (i + 1) * size))),
  );
  const path = join(folder, "model.json");
  writeFileSync(path, JSON.stringify({ ...json, weightsManifest: [{ paths, weights: weightSpecs }] }));
  return path;
};
