import { createGateway } from "../../lib/gateway/gateway.ts";
import type { CreateGatewayOptions } from "../../lib/gateway/gateway_options.ts";
import { NOW } from "../support/account_folder.ts";
import { gatewayClock } from "./gateway_clock.ts";

/** What a client must send as its key. */
export const TOKEN = "token-of-the-run";
/** What an account answers. */
export const ANSWER = {
  id: "chatcmpl-1",
  choices: [{ message: { content: "Hi" } }],
};
/** What a client sends. */
export const BODY = JSON.stringify({ model: "coder", messages: ["é漢🙂"] });

/** Answers. */
export const ok = () => Response.json(ANSWER);
/** Refuses. */
export const refuse = (status: number, message: string, headers = {}) => () =>
  Response.json({ error: { message } }, { status, headers });
/** Is out of quota. */
export const quota = refuse(429, "Free allocated quota exceeded.");
/** Is broken for now. */
export const broken = refuse(503, "Service unavailable");

/** Asks a new gateway once, and ends it. */
export async function askOnce(
  options: Partial<CreateGatewayOptions> & Pick<CreateGatewayOptions, "pool">,
): Promise<{ status: number; text: string; pauses: number[] }> {
  const system = gatewayClock(NOW);
  await using gateway = createGateway({ token: TOKEN, system, ...options });
  const response = await gateway.fetch(chatRequest());
  const text = await response.text();
  return { status: response.status, text, pauses: system.pauses };
}

/** Makes a request that the gateway lets in. */
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

/** What makes another account be asked, by its verdict. */
export const LEAVING = {
  quota,
  auth: refuse(401, "Incorrect API key provided"),
  login: refuse(400, "invalid_grant: refresh token expired"),
  discontinued: refuse(403, "Qwen OAuth free tier was discontinued on X"),
};
