import { closest, distance } from "fastest-levenshtein";

/** The valid name that was probably meant, or undefined where none is near. */
export const nearest = (name: string, valid: readonly string[]): string | undefined => {
  const best = closest(name.toLowerCase(), valid);
  const near = best !== undefined && distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(2, name.length * 0.4);
  return near ? best : undefined;
};

/** `unknown WHAT "NAME"; did you mean ...? Valid: ...` */
export const unknownName = (what: string, name: string, valid: readonly string[]): string => {
  const meant = nearest(name, valid);
  return `unknown ${what} "${name}"${meant === undefined ? "" : `; did you mean "${meant}"?`} Valid: ${valid.join(", ")}`;
};
