/** One of several tensors of different sizes on which the same is done. */
export type Member = {
  /** For each list, which of the node's inputs, outputs or temporaries is this member's. */
  readonly places: readonly number[];
  /** Workgroups that work on it. */
  readonly blocks: number;
  /** Numbers that the shader needs of it: sizes. */
  readonly words: readonly number[];
};

/** The buffers of one kind of all members: the parameters, say, or their gradients. */
export type MemberList = {
  /** Which of the node's lists `places` counts in. */
  readonly in: "inputs" | "outputs" | "temporaries";
  /** What it is called in the shader's text. */
  readonly name: string;
};

/**
 * The same for many tensors in one dispatch. Their buffers are parts of few larger ones, which only a run knows, so that the
 * shader is written then: every list is one variable, and a table says where each member begins.
 */
export type ManyShading = {
  /** The lists. */
  readonly lists: readonly MemberList[];
  /** The members. */
  readonly members: readonly Member[];
  /** Threads of a workgroup. */
  readonly threads: number;
  /** WGSL outside of the entry point. */
  readonly functions: string;
  /**
   * WGSL of the entry point's body. It sees `member` (its number in the table), `block` (its workgroup, from 0), `blockOfAll`
   * (counted over all members of all dispatches), `local` (the thread), `word0`, `word1`, ... and for each list `<name>At`,
   * the index of the member's first number in the variable that `variable(list)` names; all u32.
   */
  readonly body: (variable: (list: number) => string) => string;
};

/** Words of the table before the members'. */
const head = 2;

/** The table: how many members, the first block's number, and for each the end of its blocks, words and places. */
export const memberTable = (
  members: readonly Member[],
  firstBlock: number,
  beginnings: readonly (readonly number[])[],
): Uint32Array => {
  let end = 0;
  const ends = members.map(({ blocks }) => (end += blocks));
  return Uint32Array.from([
    members.length,
    firstBlock,
    ...members.flatMap(({ words }, i) => [ends[i]!, ...words, ...beginnings[i]!]),
  ]);
};

/** The whole entry point of one dispatch, whose table is the variable `members`. */
export const manyText = (
  { lists, members, threads, functions, body }: ManyShading,
  variable: (list: number) => string,
): string => {
  const words = members[0]!.words.length;
  const stride = 1 + words + lists.length;
  const named = [
    ...Array.from({ length: words }, (_, i) => `  let word${i} = members[at + ${1 + i}u];`),
    ...lists.map(({ name }, i) => `  let ${name}At = members[at + ${1 + words + i}u];`),
  ];
  return `${functions}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) workgroup : vec3<u32>, @builtin(num_workgroups) workgroups : vec3<u32>,
        @builtin(local_invocation_index) local : u32) {
  let group = workgroup.y * workgroups.x + workgroup.x;
  // the first member whose blocks end beyond this one
  var low = 0u;
  var high = members[0] - 1u;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (members[${head}u + middle * ${stride}u] > group) { high = middle; } else { low = middle + 1u; }
  }
  let member = low;
  let at = ${head}u + member * ${stride}u;
  var before = 0u;
  if (member > 0u) { before = members[at - ${stride}u]; }
  let block = group - before;
  let isSurplus = group >= members[at];
  let blockOfAll = members[1] + group;
${named.join("\n")}
${body(variable)}
}`;
};
