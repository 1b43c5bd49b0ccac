import { type Tree, treeDispose } from "@nonmarkov/autodiff";
import { type BackendName, start } from "@nonmarkov/engine";
import { backend as current, env, memory, setBackend } from "@tensorflow/tfjs-core";
import { compare, type Numbers, numbersOf } from "./compare.ts";
import type { ContractCase } from "./contractCase.ts";

/** What came of one way of computing a case. */
export type Outcome = Pick<ContractCase, "area" | "name"> & {
  /** The way. */
  readonly way: string;
  /** What is wrong, with case, tensor, index and both numbers; undefined where nothing is. */
  readonly problem: string | undefined;
  /** The largest difference of float32 numbers, in parts of the largest number. */
  readonly error: number;
  /** How long it took. */
  readonly seconds: number;
};

/** Starts a backend and those that it is compared with; tfjs computes nothing on the processor in its place. */
export const prepare = async (backend: BackendName): Promise<void> => {
  for (const each of new Set<BackendName>(["cpu", "nonmarkov", backend])) await start({ backend: each });
  if (backend === "webgpu") env().set("WEBGPU_CPU_FORWARD", false);
};

/** Runs `f`, with what it complains of on the console. */
const heard = async <T>(f: () => Promise<T>): Promise<readonly [T, string]> => {
  const { warn } = console;
  const words: unknown[] = [];
  console.warn = (...more: readonly unknown[]) => void words.push(...more);
  try {
    return [await f(), words.join(" ")];
  } finally {
    console.warn = warn;
  }
};

/**
 * The numbers of a tree that is freed.
 * @throws Error if another tensor is left, or something complains: of a function that cannot be recorded, for example
 */
const taken = async (make: () => Tree | Promise<Tree>): Promise<readonly Numbers[]> => {
  const { numTensors } = memory();
  const [numbers, complaint] = await heard(async () => {
    const tree = await make();
    try {
      return await numbersOf(tree);
    } finally {
      treeDispose(tree);
    }
  });
  if (complaint !== "") throw new Error(`must be silent, warns: ${complaint}`);
  const left = memory().numTensors - numTensors;
  if (left !== 0) throw new Error(`must leave no tensors, leaves ${left}`);
  return numbers;
};

/** Bytes that a shader of the current backend sees at once. */
const mostBytes = (): number => {
  const { device } = current() as { readonly device?: GPUDevice };
  return device?.limits.maxStorageBufferBindingSize ?? Infinity;
};

/** How a GPU says that something is too large for it. */
const refusals: readonly string[] = ["OutOfMemoryError", "GpuError"];

/**
 * Computes a case on a backend in all its ways, and compares it with the reference.
 * @throws Error naming the case if the reference fails
 */
export const runCase = async (backend: BackendName, contractCase: ContractCase): Promise<readonly Outcome[]> => {
  const { area, name, ways, bound, reference = "cpu", binding = 0 } = contractCase;
  await setBackend(reference);
  const want = await taken(Object.values(ways)[0]!).catch((cause: unknown) => {
    throw new Error(`${reference}: ${area}: ${name}: ${String(cause)}`, { cause });
  });
  await setBackend(backend);
  const isTooLarge = binding > mostBytes();
  const outcomes: Outcome[] = [];
  for (const [way, make] of Object.entries(ways)) {
    const begin = performance.now();
    const { problem, error } = await taken(make).then(
      (got) => (isTooLarge ? { problem: "must be refused", error: Infinity } : compare(got, want, bound)),
      (thrown: Error) =>
        isTooLarge && refusals.includes(thrown.name)
          ? { problem: undefined, error: 0 }
          : { problem: String(thrown), error: Infinity },
    );
    const seconds = (performance.now() - begin) / 1000;
    const where = `${backend}: ${area}: ${name}, ${way}`;
    outcomes.push({ area, name, way, error, seconds, problem: problem && `${where}: ${problem}` });
  }
  return outcomes;
};

/** What is wrong with a case on a backend. */
export const problemsOf = async (backend: BackendName, contractCase: ContractCase): Promise<readonly string[]> =>
  (await runCase(backend, contractCase)).flatMap(({ problem }) => problem ?? []);

/** What came of many cases. */
export type Report = {
  /** What came of each way of computing each case. */
  readonly outcomes: readonly Outcome[];
  /** How long it took, the start included. */
  readonly seconds: number;
};

/**
 * Computes cases on a backend, one after the other.
 * @param tell is told of each case before it is computed
 */
export const runAll = async (
  backend: BackendName,
  cases: readonly ContractCase[],
  tell: (contractCase: ContractCase) => void = () => undefined,
): Promise<Report> => {
  const begin = performance.now();
  await prepare(backend);
  const outcomes: Outcome[] = [];
  for (const each of cases) {
    tell(each);
    outcomes.push(...(await runCase(backend, each)));
  }
  return { outcomes, seconds: (performance.now() - begin) / 1000 };
};

/** What a report says is wrong with a case, also if it does not know of one of its ways. */
export const problemsIn = ({ outcomes }: Report, { area, name, ways }: ContractCase): readonly string[] => {
  const own = outcomes.filter((outcome) => outcome.area === area && outcome.name === name);
  return Object.keys(ways).flatMap((way) => {
    const outcome = own.find((each) => each.way === way);
    return outcome === undefined ? `${way}: nothing is reported` : (outcome.problem ?? []);
  });
};
