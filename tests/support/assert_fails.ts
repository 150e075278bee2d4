import { assert, assertRejects, assertStringIncludes } from "@std/assert";
import {
  type AccountError,
  type AgentError,
  type BusyError,
  type ErrorCode,
  type FileError,
  hasCode,
  type LoginNeededError,
  type NoAccountReadyError,
} from "../../lib/errors.ts";

type OurError =
  | AccountError
  | AgentError
  | BusyError
  | FileError
  | LoginNeededError
  | NoAccountReadyError;

/** The class that has `Code`. */
type ErrorWith<Code, Of = OurError> = Of extends { code: infer Codes }
  ? Code extends Codes ? Of : never
  : never;

/** Makes sure that `action` fails with `code`; returns the error. */
export async function assertFails<Code extends ErrorCode>(
  action: () => PromiseLike<unknown>,
  code: Code,
  includes = "",
): Promise<ErrorWith<Code>> {
  const error: unknown = await assertRejects(action);
  assertCode(error, code);
  assertStringIncludes(error.message, includes);
  return error;
}

/** Makes sure that `error` has `code`. */
export function assertCode<Code extends ErrorCode>(
  error: unknown,
  code: Code,
): asserts error is ErrorWith<Code> {
  assert(hasCode(error, code), `not ${code}: ${error}`);
}
