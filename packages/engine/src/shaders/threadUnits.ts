/** The units (numbers, or vectors of 4) that a thread reads of a buffer: every `step`-th from `first`, below `count`. */
export type Units = {
  /** The type of a unit. */
  readonly type: string;
  /** The unit at a place, two expressions. */
  readonly read: (at: string) => string;
  /** The thread's number, an expression. */
  readonly first: string;
  readonly step: number;
  /** How many all threads read: a number, or an expression of at most `step * each`. */
  readonly count: number | string;
  /** How many a thread reads at most. */
  readonly each: number;
  /** Whether they stay in registers; else each use reads them again. */
  readonly hold: boolean;
  /** The place of the unit of an index: an expression. */
  readonly at: (index: string) => string;
};

/** WGSL for the units of a thread. */
export type ThreadUnits = {
  /** Statements that read what is held. */
  readonly load: string;
  /** Statements with `line` for each unit, a block each; `unit` may be assigned to where it is held. */
  readonly every: (line: (unit: string, at: string) => string) => string;
};

/** Statements that read the units of a thread and do something with each; `name` begins the names of what is held. */
export const threadUnits = (name: string, { type, read, first, step, count, each, hold, at }: Units): ThreadUnits => {
  const index = (i: number): string => (i === 0 ? first : `(${first} + ${i * step}u)`);
  if (!hold)
    return {
      load: "",
      every: (
        line,
      ) => `  for (var i = ${first}; i < ${typeof count === "number" ? `${count}u` : count}; i += ${step}u) {
    let at = ${at("i")};
    let unit = ${read("at")};
    ${line("unit", "at")}
  }`,
    };
  const every = (line: (unit: string, at: string) => string): string =>
    Array.from({ length: each }, (_, i) => {
      const text = line(`${name}${i}`, at(index(i)));
      if (typeof count === "number")
        return (i + 1) * step <= count ? `  { ${text} }` : `  if (${index(i)} < ${count}u) { ${text} }`;
      return `  if (${index(i)} < ${count}) { ${text} }`;
    }).join("\n");
  const declared = Array.from({ length: each }, (_, i) => `  var ${name}${i} = ${type}(0);`);
  return { load: [...declared, every((unit, place) => `${unit} = ${read(place)};`)].join("\n"), every };
};
