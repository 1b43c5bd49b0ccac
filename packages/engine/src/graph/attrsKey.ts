/**
 * A text that is the same for two plain data if, and only if, they are equal: whatever the order of names; -0 is not 0, NaN
 * is NaN. Throws on functions and class instances other than typed arrays.
 */
export const attrsKey = (data: unknown): string => {
  switch (typeof data) {
    case "number":
      return Object.is(data, -0) ? "-0" : String(data);
    case "string":
      return JSON.stringify(data);
    case "boolean":
    case "undefined":
      return String(data);
    case "bigint":
      return `${data}n`;
    case "object":
      break;
    default:
      throw new TypeError(`attrsKey: attributes must be plain data, got a ${typeof data}`);
  }
  if (data === null) return "null";
  if (Array.isArray(data)) return `[${data.map(attrsKey).join()}]`;
  if (ArrayBuffer.isView(data) && !(data instanceof DataView))
    return `${data.constructor.name}[${Array.from(data as unknown as ArrayLike<number>, attrsKey).join()}]`;
  const entries = Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${attrsKey(value)}`).join()}}`;
};
