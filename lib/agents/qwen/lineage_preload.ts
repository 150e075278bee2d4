/**
 * Records the origin of a run's logins. A module that Node loads before the
 * agent observes the agent's token requests and makes the notes that
 * `store/lineage.ts` reads. In any other program it also observes files
 * (`login_files_preload.ts`). It changes no request, no answer and no file. If
 * it is not loaded, such as by another runtime, there are no notes.
 *
 * @module
 */

import type { LineageNames } from "../formats.ts";
import { LOGIN_FILES_PART } from "./login_files_preload.ts";
import { PRELOAD_PARTS } from "./preload_parts.ts";

/**
 * Returns the source of the module. It makes a note before the agent gets the answer,
 * so the note of a login always exists before the login.
 */
export function lineageModule(
  { runVariable, tokenDigits }: LineageNames,
): string {
  return `"use strict";
${PRELOAD_PARTS}
${LOGIN_FILES_PART}
const { NODE_OPTIONS = "" } = process.env;
const [option] =
  NODE_OPTIONS.match(/--require "[^"]*\\/cli_lineage_[0-9a-f]+\\.cjs"/) ?? [];
const script = process.argv[1];
if (option && isAgent(script)) {
  passOn([\`NODE_OPTIONS=\${NODE_OPTIONS}\`]);
  withoutOption();
}
const run = process.env.${runVariable}?.split(":").at(-1);
if (run && globalThis.fetch && isPackage(script)) note("tells", run);
else watchLoginFiles();

const { fetch } = globalThis;
if (fetch) {
  globalThis.fetch = function (input, init) {
    const reply = fetch(input, init);
    const sent = refreshTokenIn(init?.body);
    if (sent !== undefined) doubtLogins(); // the answer tells more
    return sent ? reply.then((it) => noteReply(sent, it)) : reply;
  };
}

// Another program called qwen may get its tokens in other ways.
function isPackage(path) {
  return isAgent(path) &&
    /\\/@?qwen-code\\//.test(require("node:fs").realpathSync(path));
}

// Returns null if the body requests tokens with another grant.
function refreshTokenIn(body) {
  const isForm = typeof body === "string" || body instanceof URLSearchParams;
  const text = isForm ? String(body) : "";
  if (!text.includes("grant_type=")) return undefined;
  return text.includes("grant_type=refresh_token")
    ? new URLSearchParams(text).get("refresh_token")
    : null;
}

async function noteReply(sent, reply) {
  try {
    const granted = await reply.clone().json();
    const { access_token: access, refresh_token: refresh = sent } = granted;
    if (access) note("lineage", ...[sent, access, refresh].map(mark));
  } catch {
    // Not a grant.
  }
  if (reply.status === 400 || reply.status === 401) note("refused", mark(sent));
  return reply;
}

function note(...words) {
  try {
    const path = \`\${__dirname}/runs/\${words.join("_")}\`;
    require("node:fs").writeFileSync(path, "", { mode: 0o600 });
  } catch {
    // Nothing can be written here, so there is no note.
  }
}

function mark(token) {
  const hash = require("node:crypto").createHash("sha256").update(token);
  return hash.digest("hex").slice(0, ${tokenDigits});
}
`;
}
