import { z } from "zod";
import { reject } from "./fault.ts";
import { graphOps } from "./graphOps.ts";
import { issuesOf } from "./modelJson.ts";

/** TensorFlow's own rule for names of nodes. */
const name = z.string().regex(/^[A-Za-z0-9.][A-Za-z0-9_>./\\-]*$/);

const node = z.looseObject({
  name,
  op: z.string(),
  input: z.array(z.string()).optional(),
  attr: z.looseObject({}).optional(),
});

const graph = z.looseObject({
  node: z.array(node).min(1),
  versions: z.looseObject({}),
  library: z
    .looseObject({
      function: z
        .array(
          z.looseObject({
            signature: z.looseObject({ name: z.string().refine((text) => text !== "__proto__") }),
            nodeDef: z.array(node.extend({ name: z.string() })),
          }),
        )
        .optional(),
    })
    .optional(),
});

/** The node that an input is of: "^a" is a control input, "a:1" the second output of a. */
const source = (input: string): string => input.replace(/^\^/, "").split(":")[0]!;

/**
 * Checks a GraphDef before TensorFlow.js sees it: names, edges, and that all of its ops are known.
 * @param weights names of the weights
 * @throws FormatError naming the ops that TensorFlow.js has not
 */
export const checkGraph = (path: string, topology: unknown, weights: ReadonlySet<string>): void => {
  const parsed = graph.safeParse(topology);
  if (!parsed.success) return reject(path, "modelTopology must be a GraphDef", issuesOf(parsed.error));
  const { node: nodes, library } = parsed.data;
  const functions = library?.function ?? [];
  const unknown = new Set(
    [...nodes, ...functions.flatMap(({ nodeDef }) => nodeDef)].flatMap(({ op }) => (graphOps.has(op) ? [] : [op])),
  );
  if (unknown.size > 0)
    reject(
      path,
      "must be of ops that TensorFlow.js executes",
      [...unknown].sort().join(", "),
      "convert the model without them; nothing was run",
    );
  const names = new Set(nodes.map((one) => one.name));
  if (names.size < nodes.length) reject(path, "must name each node once", "a name twice");
  for (const { name: of, op, input = [] } of nodes) {
    const missing = input.map(source).find((from) => !names.has(from));
    if (missing !== undefined) reject(path, "must hold every node that another one reads", `${of} without ${missing}`);
    if (op === "Const" && !weights.has(of))
      reject(path, "must hold the numbers of all constants", `${of} without them`);
  }
};
