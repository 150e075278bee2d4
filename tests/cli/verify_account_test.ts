import { assertEquals } from "@std/assert";
import { verifyAccount } from "../../lib/cli/setup/verify_account.ts";
import { startUpstream } from "../support/upstream.ts";

const REQUESTS = [
  { wire: "openai_chat", base: "/v1", request: "POST /v1/chat/completions" },
  { wire: "openai_responses", base: "/v1", request: "POST /v1/responses" },
  { wire: "anthropic_messages", base: "", request: "GET /v1/models?limit=1" },
] as const;

for (const { wire, base, request } of REQUESTS) {
  Deno.test(`verifyAccount() tests a key in the wire format ${wire}`, async () => {
    await using service = startUpstream(({ headers }) =>
      keyIn(headers) === "sk-good" ? Response.json({}) : Response.json(
        { error: { type: "authentication_error", message: "invalid key" } },
        { status: 401 },
      )
    );
    const baseUrl = new URL(service.url).origin + base;
    const verify = (apiKey: string) =>
      verifyAccount({
        readKey: () => Promise.resolve({ apiKey, baseUrl, model: "coder" }),
        refresh: () => Promise.reject(new Error("not a login")),
      }, { index: 1, kind: "api-key", wire });
    assertEquals(await verify("sk-good"), "works");
    assertEquals(
      (await verify("sk-bad")).replace(/ \(.*/, ""),
      "key refused",
    );
    assertEquals(
      service.requests.map(({ method, path }) => `${method} ${path}`),
      [request, request],
    );
  });
}

function keyIn(headers: Headers): string {
  return headers.get("x-api-key") ??
    (headers.get("authorization") ?? "").replace("Bearer ", "");
}
