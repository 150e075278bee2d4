import { createGateway } from "../../lib/gateway/gateway.ts";
import type { CreateGatewayOptions } from "../../lib/gateway/gateway_options.ts";
import { NOW } from "../support/account_folder.ts";
import { gatewayClock } from "./gateway_clock.ts";

/** The key that a client must send. */
export const TOKEN = "token-of-the-run";
/** Returns the answer of an account. */
export const ANSWER = {
  id: "chatcmpl-1",
  choices: [{ message: { content: "Hi" } }],
};
/** The body that a client sends. */
export const BODY = JSON.stringify({ model: "coder", messages: ["é漢🙂"] });

/** Replies with an answer. */
export const ok = () => Response.json(ANSWER);
/** Replies with a refusal. */
export const refuse = (status: number, message: string, headers = {}) => () =>
  Response.json({ error: { message } }, { status, headers });
/** Replies that the quota is used up. */
export const quota = refuse(429, "Free allocated quota exceeded.");
/** Replies that the service is broken. */
export const broken = refuse(503, "Service unavailable");

/** Sends one request to a new gateway, and ends the gateway. */
export async function askOnce(
  options: Partial<CreateGatewayOptions> & Pick<CreateGatewayOptions, "pool">,
): Promise<{ status: number; text: string; pauses: number[] }> {
  const system = gatewayClock(NOW);
  await using gateway = createGateway({ token: TOKEN, system, ...options });
  const response = await gateway.fetch(chatRequest());
  const text = await response.text();
  return { status: response.status, text, pauses: system.pauses };
}

/** Creates a request that the gateway admits. */
export function chatRequest(): Request {
  return new Request("http://localhost/v1/chat/completions", {
    method: "POST",
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "content-type": "application/json",
    },
    body: BODY,
  });
}

/** Replies after which another account is asked, by verdict. */
export const LEAVING = {
  quota,
  auth: refuse(401, "Incorrect API key provided"),
  login: refuse(400, "invalid_grant: refresh token expired"),
  discontinued: refuse(403, "Qwen OAuth free tier was discontinued on X"),
};
