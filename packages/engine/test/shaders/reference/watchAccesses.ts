/** A shader that logs its accesses to memory, and what is to be learnt from the log. */
export type AccessWatch = {
  /** The shader. Its last binding is the log. */
  readonly wgsl: string;
  /** Bytes of the log. */
  readonly bytes: number;
  /**
   * What the log says of accesses that WebGPU promises nothing for: races, which are two by different threads that nothing
   * orders, one of them a write, and those beyond the end. Reading beyond a buffer is none: WebGPU gives some number, as
   * where padding is, for which kernels take 0.
   */
  readonly faultsIn: (log: Uint32Array) => readonly string[];
};

const most = 400_000;
const [reads, writes, beyond] = [1, 2, 4];

/** A variable that threads share. */
type Shared = {
  readonly name: string;
  /** The lengths of its arrays in one another as WGSL, the outermost first. */
  readonly lengths: readonly string[];
  readonly isBuffer: boolean;
};

/** The end of what the bracket at `from` opens. */
const closing = (text: string, from: number): number => {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    if ("[(".includes(text[i]!)) depth++;
    if (")]".includes(text[i]!) && --depth === 0) return i;
  }
  throw new Error(`nothing closes the bracket at ${from} of ${text}`);
};

/** The text with every `name[i]...[j]` as `name[i]...[noteAccess(variable, mode, place, length, j)]`. */
const noted = (text: string, variables: readonly Shared[]): string => {
  const access = new RegExp(`\\b(${variables.map(({ name }) => name).join("|")})\\[`, "g");
  let made = "";
  let from = 0;
  for (let match = access.exec(text); match !== null; match = access.exec(text)) {
    const at = variables.findIndex(({ name }) => name === match![1]);
    const { lengths } = variables[at]!;
    const indices: string[] = [];
    let end = match.index + match[1]!.length;
    for (const _ of lengths) {
      const close = closing(text, end);
      indices.push(text.slice(end + 1, close));
      end = close + 1;
    }
    const place = indices.map((i) => `u32(${i})`).reduce((all, index, i) => `(${all} * ${lengths[i]} + ${index})`);
    const sign = /^(?:\.[xyzw]+|\[\d+u?\])?\s*(\+=|-=|\*=|\/=|=(?!=))?/.exec(text.slice(end))![1];
    const mode = sign === undefined ? reads : sign === "=" ? writes : reads + writes;
    const inner = indices.map((index) => noted(index, variables));
    const last = `noteAccess(${at}u, ${mode}u, ${place}, ${lengths.join(" * ")}, u32(${inner.at(-1)}))`;
    made += `${text.slice(from, match.index)}${match[1]}[${[...inner.slice(0, -1), last].join("][")}]`;
    from = access.lastIndex = end;
  }
  return made + text.slice(from);
};

const header = (binding: number): string => `
@group(0) @binding(${binding}) var<storage, read_write> accessLog : array<atomic<u32>>;
var<private> thisThread : u32;
var<private> barriers : u32;
fn noteAccess(variable : u32, mode : u32, place : u32, length : u32, index : u32) -> u32 {
  let at = atomicAdd(&accessLog[0], 1u);
  if (at < ${most}u) {
    atomicStore(&accessLog[3u * at + 1u], (barriers * 64u + variable) * 8u + mode + select(0u, ${beyond}u, place >= length));
    atomicStore(&accessLog[3u * at + 2u], place);
    atomicStore(&accessLog[3u * at + 3u], thisThread);
  }
  return index;
}
`;

/**
 * Makes a shader of this package log its accesses to what workgroups share, which barriers order, and to buffers that it
 * writes, which they do not.
 * @param wgsl a module whose entry point is made by `entry`, with barriers in uniform control flow, and no pointers or atomics
 * @param bindings how many there are
 */
export const watchAccesses = (wgsl: string, bindings: number): AccessWatch => {
  const shared = [...wgsl.matchAll(/var<workgroup> (\w+) : (\S.*);/g)].map(([, name, type]): Shared => {
    const lengths = [...type!.matchAll(/, (\d+)>/g)].map(([, length]) => `${length}u`).reverse();
    return { name: name!, lengths, isBuffer: false };
  });
  const written = [...wgsl.matchAll(/var<storage, read_write> (\w+)/g)]
    .map(([, name]): Shared => ({ name: name!, lengths: [`arrayLength(&${name})`], isBuffer: true }))
    .filter((buffer) => /noteAccess\(0u, [23]u/.test(noted(wgsl, [buffer])));
  const variables = [...shared, ...written];
  const watched = noted(wgsl, variables)
    .replaceAll("workgroupBarrier();", "workgroupBarrier(); barriers++;")
    .replace(/(fn main\([^{]*\{\n\s*let group = [^\n]*)/, "$1\n  thisThread = group * 1024u + local;");
  if (!watched.includes("thisThread = group")) throw new Error(`no entry point in ${wgsl}`);
  return {
    wgsl: header(bindings) + watched,
    bytes: 4 * (3 * most + 1),
    faultsIn: (log) => {
      const count = log[0]!;
      if (count > most) throw new Error(`${count} accesses are more than the log holds; make the problem smaller`);
      /** Of a place at a time: the thread that was there, -1 for several, and whether one of them wrote. */
      const seen = new Map<number, { thread: number; wrote: boolean }>();
      const faults = new Set<string>();
      for (let i = 0; i < count; i++) {
        const [what, place, thread] = log.subarray(3 * i + 1, 3 * i + 4) as unknown as [number, number, number];
        const [mode, variable, epoch] = [what % 8, Math.floor(what / 8) % 64, Math.floor(what / 512)];
        const { name, isBuffer } = variables[variable]!;
        const where = `${name}[${place}] in thread ${thread}`;
        if (mode === reads + beyond && isBuffer) continue;
        if (mode >= beyond) {
          faults.add(`beyond the end: ${where}`);
          continue;
        }
        // what workgroups share is another memory in each of them
        const when = isBuffer ? 0 : epoch * 2 ** 17 + Math.floor(thread / 1024);
        const key = isBuffer ? -(place * 64 + variable) - 1 : (when * 64 + variable) * 2 ** 14 + place;
        const wrote = mode >= writes;
        const before = seen.get(key);
        if (before === undefined) seen.set(key, { thread, wrote });
        else {
          if (before.thread !== thread && (before.wrote || wrote))
            faults.add(`race: ${where} and ${before.thread}, after barrier ${epoch}`);
          if (before.thread !== thread) before.thread = -1;
          before.wrote ||= wrote;
        }
      }
      return [...faults];
    },
  };
};
