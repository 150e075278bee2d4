import { parseErrorText } from "../../lib/agents/qwen/stderr_errors.ts";
import { assertEquals } from "@std/assert";
import { API_PRESETS, serviceAt } from "../../lib/agents/presets.ts";
import {
  parseErrorEvent,
  parseErrorReply,
} from "../../lib/verdict/api_error.ts";
import { classifyError } from "../../lib/verdict/classify.ts";
import type { Service } from "../../lib/verdict/service.ts";
import {
  PROVIDER_REPLIES,
  type ProviderReply,
  REPLY_NOW,
} from "../support/provider_replies.ts";
/**
 * The verdicts on answers of real services: the list that the project was
 * given, and replies from documentation and user reports.
 *
 * @module
 */

const ADDRESSES: Record<string, string> = {
  "qwen-portal": "https://portal.qwen.ai/v1",
  gemini: "https://generativelanguage.googleapis.com/v1beta/openai",
  glm: "https://open.bigmodel.cn/api/paas/v4",
  volcengine: "https://ark.cn-beijing.volces.com/api/v3",
  moonshot: "https://api.moonshot.cn/v1",
  siliconflow: "https://api.siliconflow.cn/v1",
  iflow: "https://apis.iflow.cn/v1",
  baidu: "https://qianfan.baidubce.com/v2",
};

function serviceOf(provider: string): Service | undefined {
  const preset = API_PRESETS.find((it) => it.name === provider);
  return serviceAt(preset?.baseUrl ?? ADDRESSES[provider]);
}

for (const reply of PROVIDER_REPLIES) {
  const { provider, status, body } = reply;
  Deno.test(`classifyError() is right about ${provider}'s ${status} ${body}`, () => {
    const error = status === 0 || status === 200
      ? parseErrorEvent(body)
      : parseErrorReply(status, body);
    check(reply, error);
  });
}

// The agent prints only the message, or the whole body if there is none.
for (const reply of PROVIDER_REPLIES) {
  const { provider, status, body } = reply;
  if (status < 400 || !body.startsWith("{")) continue;
  Deno.test(`classifyError() is right about the agent's text for ${provider}'s ${status} ${body}`, () => {
    check(reply, parseErrorText(`[API Error: ${status} ${body}]`, "stderr"));
  });
}

function check(
  { provider, kind, resetAt, model, scope }: ProviderReply,
  error: ReturnType<typeof parseErrorEvent>,
): void {
  const verdict = error &&
    classifyError({ ...error, model: "qwen3-coder-plus" }, {
      now: REPLY_NOW,
      service: serviceOf(provider),
    });
  const kinds = typeof kind === "string" ? [kind] : kind;
  const isMeant = kinds.some((it) => it === verdict?.kind);
  const { retryAt } = verdict ?? {};
  assertEquals({
    kind: isMeant ? kinds : verdict?.kind,
    resetAt: retryAt === undefined
      ? undefined
      : new Date(retryAt).toISOString(),
    model: verdict?.model,
    scope: kinds.includes("client") && kinds.length > 1
      ? undefined
      : verdict?.scope,
  }, {
    kind: kinds,
    resetAt: resetAt && new Date(resetAt).toISOString(),
    model,
    scope,
  });
}
