import { chosenAgent } from "../../agents/registry.ts";
import type { WireName } from "../../agents/formats.ts";
import { parseErrorReply } from "../../verdict/api_error.ts";
import { classifyError } from "../../verdict/classify.ts";
import type { Account } from "../../accounts/account.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import { beginningOf } from "../../system/byte_source.ts";
import { messageOf } from "../../system/message_of.ts";
import { realSystem } from "../../system/system.ts";
import { minute } from "../screen/time.ts";
import type { VerdictKind } from "../../verdict/policy.ts";

/** A service that takes longer for one word is unusable. */
const LIMIT_MS = 30_000;

/** How much of a reply to read; an error has a few hundred characters. */
const MAX_REPLY_BYTES = 64 * 1024;

/** The result of {@linkcode verifyAccount} for a rejected key. */
export const REFUSED = "key refused";

/** The results for a key by kind of answer. */
const RESULTS: Partial<Record<VerdictKind, string>> = {
  quota: "key accepted, out of quota now",
  throttle: "key accepted, rate-limited now",
  auth: REFUSED,
  client: "key accepted, request refused",
};

/** Returns the request for each wire format, with the path below the address. */
const TESTS: Readonly<
  Record<
    WireName,
    (apiKey: string, model: string) => RequestInit & { path: string }
  >
> = {
  openai_chat: (apiKey, model) =>
    post("/chat/completions", apiKey, {
      model,
      messages: [{ role: "user", content: "Say OK" }],
      max_tokens: 1,
    }),
  openai_responses: (apiKey, model) =>
    post("/responses", apiKey, {
      model,
      input: "Say OK",
      max_output_tokens: 16, // the least that the service allows
      store: false,
    }),
  // The model may be a name that only the agent knows.
  anthropic_messages: (apiKey) => ({
    path: "/v1/models?limit=1",
    method: "GET",
    headers: { "x-api-key": apiKey, "anthropic-version": "2023-06-01" },
  }),
};

function post(path: string, apiKey: string, body: Record<string, unknown>) {
  return {
    path,
    method: "POST",
    headers: {
      "authorization": `Bearer ${apiKey}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  };
}

/**
 * Tests an account with its service and describes the result. A login is
 * refreshed, which costs no quota but invalidates other copies; a key is tested
 * with a request for one word, or for the names of the models. A failure of the
 * service is a result, not an error.
 */
export async function verifyAccount(
  accounts: Pick<AccountManager, "readKey" | "refresh">,
  { index, kind, wire = chosenAgent().keys.wire }:
    & Pick<Account, "index" | "kind">
    & { wire?: WireName },
): Promise<string> {
  try {
    if (kind === "api-key") return await tryKey(accounts, { index, wire });
    const { expiresAt } = await accounts.refresh(index);
    return `works, token expires ${minute(expiresAt)}`;
  } catch (error) {
    return messageOf(error);
  }
}

async function tryKey(
  accounts: Pick<AccountManager, "readKey">,
  { index, wire }: { index: number; wire: WireName },
): Promise<string> {
  const { apiKey, baseUrl, model } = await accounts.readKey(index);
  const { host } = new URL(baseUrl);
  try {
    const { path, ...request } = TESTS[wire](apiKey, model);
    const response = await realSystem.fetch(
      baseUrl.replace(/\/+$/, "") + path,
      {
        ...request,
        redirect: "manual", // the key must not go anywhere else
        signal: AbortSignal.timeout(LIMIT_MS),
      },
    );
    const { ok, status, headers } = response;
    const body = await beginningOf(response.body, MAX_REPLY_BYTES);
    if (ok) return "works";
    const retryAfter = headers.get("retry-after") ?? undefined;
    const error = parseErrorReply(status, body, retryAfter);
    const verdict = classifyError(error, { now: realSystem.now() });
    const says = RESULTS[verdict?.kind ?? "failed"] ??
      `${host} does not answer`;
    return `${says} (${verdict?.evidence ?? status})`;
  } catch {
    return `${host} cannot be reached`; // the message of the runtime contains the URL
  }
}
