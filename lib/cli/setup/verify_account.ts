import { parseErrorReply } from "../../verdict/api_error.ts";
import { classifyError } from "../../verdict/classify.ts";
import type { Account } from "../../accounts/account.ts";
import type { AccountManager } from "../../accounts/account_manager.ts";
import { messageOf } from "../../system/message_of.ts";
import { realSystem } from "../../system/system.ts";
import { minute } from "../screen/time.ts";
import type { VerdictKind } from "../../verdict/policy.ts";

/** A service that takes longer for one word is unusable. */
const LIMIT_MS = 30_000;

/** How much of a reply to read; an error has some hundred characters. */
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

/**
 * Tests an account with its service and describes the result. A login is
 * refreshed, which costs no quota but invalidates other copies; a key is tested
 * with a request for one word. A failure of the service is a result, not an
 * error.
 */
export async function verifyAccount(
  accounts: Pick<AccountManager, "readKey" | "refresh">,
  { index, kind }: Pick<Account, "index" | "kind">,
): Promise<string> {
  try {
    if (kind === "api-key") return await tryKey(accounts, index);
    const { expiresAt } = await accounts.refresh(index);
    return `works, token expires ${minute(expiresAt)}`;
  } catch (error) {
    return messageOf(error);
  }
}

async function tryKey(
  accounts: Pick<AccountManager, "readKey">,
  index: number,
): Promise<string> {
  const { apiKey, baseUrl, model } = await accounts.readKey(index);
  const { host } = new URL(baseUrl);
  try {
    const response = await realSystem.fetch(
      `${baseUrl.replace(/\/+$/, "")}/chat/completions`,
      {
        method: "POST",
        headers: {
          "authorization": `Bearer ${apiKey}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({
          model,
          messages: [{ role: "user", content: "Say OK" }],
          max_tokens: 1,
        }),
        redirect: "manual", // the key must not go anywhere else
        signal: AbortSignal.timeout(LIMIT_MS),
      },
    );
    const { ok, status, headers } = response;
    const body = await beginningOf(response);
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

async function beginningOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_REPLY_BYTES) break; // which cancels the rest
  }
  return text;
}
