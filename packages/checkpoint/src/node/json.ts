import { FormatError } from "@nonmarkov/files";
import { z } from "zod";

/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Checks an unknown value and gives it its type, or throws; a zod schema's `parse` is one. */
export type Parse<T> = (value: unknown) => T;

/**
 * Parses a JSON text and checks it.
 * @throws FormatError naming the file, and the fields that are wrong
 */
export const parseJson = <T>(
  text: string,
  where: string,
  parse: Parse<T>,
  fix = "mend the file, or start a new run",
): T => {
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const syntax = error instanceof SyntaxError;
    throw new FormatError(
      {
        where,
        what: syntax ? "must be JSON" : "must have valid fields",
        found: error instanceof z.core.$ZodError ? issues(error) : (error as Error).message,
        fix,
      },
      { cause: error },
    );
  }
};

const issues = (error: z.core.$ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join(".") || "the whole"}: ${message}`).join("; ");
