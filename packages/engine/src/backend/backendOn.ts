import { lower } from "../commands/lower.ts";
import type { Value } from "../graph/graph.ts";
import type { Machine } from "../machine/machine.ts";
import { type Executor, registerExecutor } from "../jit/executor.ts";
import { type Backend, makeBackend } from "./backend.ts";
import { compile } from "./compile.ts";
import { execute } from "./execute.ts";

/** Recorded functions on the machine. */
const executor = (backend: Backend): Executor => ({
  backend,
  imagine: backend.imagine,
  scalarOf: (dataId) => backend.machine.floats()[backend.addressOf(dataId) / 4],
  evaluate: ({ op, attrs }, inputs) => {
    const lowering = lower(op, inputs as readonly Value[], attrs);
    return lowering && execute(backend, lowering, inputs);
  },
  prepare: (graph) => graph,
  limits: undefined,
  finish: (graph) => graph,
  compile: (graph, keep, overwritable) => compile(backend, graph, keep, overwritable),
});

/** The backend on a machine, which records functions. */
export const backendOn = (machine: Machine): Backend => {
  const backend = makeBackend(machine);
  registerExecutor(executor(backend));
  return backend;
};
