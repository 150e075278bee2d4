import { UNREADABLE } from "../../disk/permissions.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import {
  checkCredential,
  type Credential,
  MAX_CREDENTIAL_BYTES,
} from "../../agents/qwen/credential.ts";

/** A credential in a file. */
export interface Found {
  /** The content of the file. */
  bytes: Uint8Array;
  /** What it says. */
  credential: Credential;
}

/** Why there is none; completes "it ...". */
export interface NotFound {
  /** The reason. */
  problem: string;
}

/** What is wrong with a file in which there is nothing at all. */
export const EMPTY = "is empty";

const PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: UNREADABLE,
  EFBIG: "is too large",
  EINVAL: "is not a file",
  EISDIR: "is a folder",
  ELOOP: "is a link to itself",
  EPERM: UNREADABLE,
};

/** Reads the credential at `path`, or says why there is none. */
export async function readCredential(path: string): Promise<Found | NotFound> {
  try {
    const bytes = await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
    if (!bytes) return { problem: "is not there" };
    if (bytes.length === 0) return { problem: EMPTY };
    const checked = checkCredential(bytes);
    return "problem" in checked ? checked : { bytes, ...checked };
  } catch (error) {
    return { problem: describeReadFailure(error) };
  }
}

/** Says why the file of a login cannot be read; throws any other error. */
export function describeReadFailure(error: unknown): string {
  const problem = PROBLEMS[errorCode(error) ?? ""];
  if (problem === undefined) throw error;
  return problem;
}
