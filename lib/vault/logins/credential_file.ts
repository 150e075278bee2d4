import { UNREADABLE } from "../../disk/permissions.ts";
import { errorCode, runtime } from "../../system/mod.ts";
import type { Credential } from "../../agents/formats.ts";
import type { Layout } from "../../disk/layout.ts";

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

/** A credential file is a few hundred bytes; more is something else. */
export const MAX_CREDENTIAL_BYTES = 64 * 1024;

/**
 * Reads the credential at `path`, in the format of the agent of the layout, or
 * says why there is none.
 */
export async function readCredential(
  path: string,
  layout: Pick<Layout, "agent">,
): Promise<Found | NotFound> {
  try {
    const bytes = await runtime.files.read(path, MAX_CREDENTIAL_BYTES);
    if (!bytes) return { problem: "is not there" };
    if (bytes.length === 0) return { problem: EMPTY };
    const checked = checkCredential(bytes, layout);
    return "problem" in checked ? checked : { bytes, ...checked };
  } catch (error) {
    return { problem: describeReadFailure(error) };
  }
}

/** Parses a credential, or says why it is not one. */
export function checkCredential(
  bytes: Uint8Array,
  { agent }: Pick<Layout, "agent">,
): { credential: Credential } | { problem: string } {
  try {
    return { credential: agent.login.parse(bytes) };
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: error.message };
    throw error;
  }
}

/** Says why the file of a login cannot be read; throws any other error. */
export function describeReadFailure(error: unknown): string {
  const problem = PROBLEMS[errorCode(error) ?? ""];
  if (problem === undefined) throw error;
  return problem;
}
