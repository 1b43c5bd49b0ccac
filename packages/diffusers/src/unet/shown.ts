/** A value that was read, for an error: as JSON, cut short. */
export const shown = (value: unknown): string => cut(stringified(value), 80);

/** At most so many characters of a text. */
export const cut = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 3)}...` : text;

const stringified = (value: unknown): string => {
  try {
    return value === undefined ? "nothing" : (JSON.stringify(value) ?? String(value));
  } catch {
    return "a value nested too deeply to show"; // JSON.parse has no limit of depth, JSON.stringify has
  }
};
