/** The first key that an object in a valid JSON text has twice, if any: JSON.parse would silently keep the last. */
export const duplicateKey = (json: string): string | undefined => {
  const open: Set<string>[] = [];
  let i = 0;
  while (i < json.length) {
    const c = json[i++];
    if (c === "{") open.push(new Set());
    else if (c === "}") open.pop();
    else if (c === '"') {
      const start = i - 1;
      while (json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
      i++;
      if (!isFollowedByColon(json, i)) continue;
      const key = JSON.parse(json.slice(start, i)) as string;
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
};

const isFollowedByColon = (json: string, from: number): boolean => {
  let i = from;
  while (json[i] === " " || json[i] === "\n" || json[i] === "\r" || json[i] === "\t") i++;
  return json[i] === ":";
};
