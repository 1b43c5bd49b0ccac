import { type Dispatch, entry, groupsOf } from "./shading.ts";

/** One thread for each `i` below `count`, which `body` sees as a u32. */
export const each = (count: number, body: string): Pick<Dispatch, "body" | "groups"> => {
  // small workgroups where there are few, for more processors to have one
  const threads = count < 2 ** 15 ? 64 : 256;
  return {
    body: entry(
      threads,
      `
  let i = group * ${threads}u + local;
  if (i >= ${count}u) { return; }
${body}`,
    ),
    groups: groupsOf(Math.ceil(count / threads)),
  };
};
