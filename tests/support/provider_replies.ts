import type { VerdictKind } from "../../lib/verdict/policy.ts";

/** An error reply, and what it means. */
export interface ProviderReply {
  /** The service that sends it. */
  provider: string;
  /** The HTTP status; 0 in a stream that has begun successfully. */
  status: number;
  /** The body. */
  body: string;
  /** Its meaning; a list if any of several is right. */
  kind: VerdictKind | readonly VerdictKind[];
  /** When to try again, ISO 8601; absent if the service does not say. */
  resetAt?: string;
  /** The model that it names, for a request for `qwen3-coder-plus`. */
  model?: string;
  /** Whether another account may be asked. */
  scope?: "account";
}

/** The time at which the replies arrive: 16:35 in China. */
export const REPLY_NOW: number = Date.parse("2026-11-21T08:35:00Z");

type Row = [
  provider: string,
  status: number,
  body: string | Record<string, unknown>,
  kind: ProviderReply["kind"],
  more?: Pick<ProviderReply, "resetAt" | "model" | "scope">,
];

const QUOTA_OR_THROTTLE = ["quota", "throttle"] as const;
const THROTTLE_OR_TRANSIENT = ["throttle", "transient"] as const;
const MODEL = "qwen3-coder-plus";

/** An error in the form of OpenAI. */
function error(
  message: string,
  code: string | number | null = null,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { error: { message, code, ...more } };
}

/** The list that the project was given. */
const GIVEN: readonly Row[] = [
  [
    "dashscope",
    429,
    error(
      "Requests rate limit exceeded, please try again later.",
      "limit_requests",
      { type: "limit_requests" },
    ),
    "throttle",
  ],
  [
    "dashscope",
    429,
    error("You exceeded your current requests list.", "limit_requests", {
      type: "limit_requests",
    }),
    "throttle",
  ],
  [
    "dashscope",
    429,
    error(
      "Request rate increased too quickly. To ensure system stability, please adjust your client logic.",
      "limit_burst_rate",
    ),
    "throttle",
  ],
  [
    "dashscope",
    403,
    error(
      'The free tier of the model has been exhausted. Please disable the "use free tier only" mode.',
      "AllocationQuota.FreeTierOnly",
    ),
    "quota",
    { model: MODEL },
  ],
  [
    "dashscope",
    400,
    error(
      "Access denied, please make sure your account is in good standing. For details, see: https://help.aliyun.com/zh/model-studio/error-code#overdue-payment",
      "Arrearage",
    ),
    "quota",
  ],
  [
    "dashscope",
    403,
    error("Commodity has not purchased yet.", "CommodityNotPurchased"),
    "quota",
  ],
  [
    "dashscope",
    429,
    error("The prepaid bill is overdue.", "PrepaidBillOverdue"),
    "quota",
  ],
  [
    "dashscope",
    500,
    error(
      "<5000202> InternalError.Algo.ModelServingError.ModelServingUnknownError: An error occurred in model serving. Too many requests. Your requests are being throttled due to system capacity limits. Please try again later.",
      "internal_error",
    ),
    "transient",
  ],
  [
    "dashscope",
    0,
    error(
      "<5000202> InternalError.Algo.ModelServingError: An error occurred in model serving. Too many requests. Your requests are being throttled due to system capacity limits.",
      "internal_error",
    ),
    "transient",
  ],
  ["dashscope", 0, {
    status_code: 503,
    code: "ModelServingError",
    message:
      "Too many requests. Your requests are being throttled due to system capacity limits.",
  }, "transient"],
  [
    "qwen-portal",
    429,
    error("Free allocated quota exceeded.", "insufficient_quota"),
    "quota",
  ],
  ["qwen-portal", 429, "", "throttle"],
  [
    "coding-plan",
    429,
    error("hour allocated quota exceeded", "insufficient_quota"),
    "quota",
  ],
  ["coding-plan", 429, error("month allocated quota exceeded"), "quota"],
  ["coding-plan", 429, error("week allocated quota exceeded"), "quota", {
    resetAt: "2026-11-22T16:00:00Z",
  }],
  [
    "coding-plan",
    429,
    error("usage allocated quota exceeded. please try again later."),
    "quota",
  ],
  [
    "coding-plan",
    429,
    error("concurrency allocated quota exceeded. please try again later."),
    "throttle",
  ],
  [
    "coding-plan",
    405,
    { error: "Coding Plan is currently only available for Coding Agents" },
    "client",
    { scope: "account" },
  ],
  [
    "bailian-gw",
    429,
    error("Quota exceeded: Request quota exceeded. Used: 176/1700"),
    "quota",
  ],
  [
    "openrouter",
    429,
    error("Rate limit exceeded: free-models-per-day-high-balance. ", "429", {
      type: "rate_limit_error",
    }),
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  [
    "openrouter",
    429,
    error(
      "Rate limit exceeded: limit_rpm/qwen/qwen3-coder-480b-a35b-07-25/0. High demand for qwen/qwen3-coder:free on OpenRouter - limited to 8 requests per minute. Please retry shortly.",
      429,
    ),
    "throttle",
  ],
  [
    "openrouter",
    402,
    error(
      "Prompt tokens limit exceeded: 64128 > 6964. To increase, visit https://openrouter.ai/settings/credits and upgrade",
      402,
    ),
    "quota",
  ],
  [
    "openrouter",
    402,
    error(
      "Insufficient credits. Add more using https://openrouter.ai/settings/credits",
      402,
    ),
    "quota",
  ],
  [
    "openrouter",
    404,
    error(
      "No endpoints found matching your data policy (Free model publication). Configure: https://openrouter.ai/settings/privacy",
      404,
    ),
    "auth",
    { model: MODEL },
  ],
  [
    "openrouter",
    404,
    error(
      "No endpoints available matching your guardrail restrictions and data policy. Configure: https://openrouter.ai/settings/privacy",
      404,
    ),
    "auth",
    { model: MODEL },
  ],
  [
    "new-api",
    403,
    error(
      "user quota is not enough (request id: 1)",
      "insufficient_user_quota",
      { type: "v_api_error" },
    ),
    "quota",
  ],
  [
    "new-api",
    403,
    error(
      "用户额度不足, 剩余额度: ＄-0.012345 (request id: 1)",
      "insufficient_user_quota",
    ),
    "quota",
  ],
  [
    "new-api",
    403,
    error(
      "预扣费额度失败, 用户剩余额度: ＄0.001000, 需要预扣费额度: ＄0.010000",
      "insufficient_user_quota",
    ),
    "quota",
  ],
  [
    "new-api",
    403,
    error("预扣费额度失败, 用户剩余额度: ＄0.001000", ""),
    "quota",
  ],
  [
    "new-api",
    401,
    error(
      "该令牌额度已用尽 !token.UnlimitedQuota && token.RemainQuota = 0",
      "",
    ),
    "quota",
  ],
  [
    "litellm",
    400,
    error(
      "Budget has been exceeded! Current cost: 26.075, Max budget: 0.25",
      "400",
      { type: "budget_exceeded", param: null },
    ),
    "quota",
  ],
  [
    "litellm",
    400,
    error(
      "ExceededBudget: End User=u1 over budget. Spend=0.0008, Budget=0.0001",
      400,
      { type: "auth_error" },
    ),
    "quota",
  ],
  [
    "litellm",
    429,
    error(
      "No deployments available for selected model, Try again in 60 seconds. Passed model=qwen3-coder. pre-call-checks=False",
      "429",
      { type: "None" },
    ),
    "throttle",
    { model: MODEL, resetAt: "2026-11-21T08:36:00Z" },
  ],
  [
    "anthropic-compat",
    400,
    {
      type: "error",
      error: {
        type: "invalid_request_error",
        message:
          "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
      },
    },
    "quota",
    { resetAt: "2026-12-01T00:00:00Z" },
  ],
  [
    "cliproxyapi",
    429,
    error(
      "All credentials for model qwen3-coder-plus are cooling down",
      "model_cooldown",
      {
        model: "qwen3-coder-plus",
        reset_seconds: 45900,
        reset_time: "12h45m0s",
      },
    ),
    QUOTA_OR_THROTTLE,
    { resetAt: "2026-11-21T21:20:00Z", model: MODEL },
  ],
  [
    "glm",
    429,
    error(
      "已达到 5 小时的使用上限。您的限额将在 2026-11-21 20:00:00 重置。",
      "1308",
    ),
    "quota",
    { resetAt: "2026-11-21T12:00:00Z" },
  ],
  [
    "glm",
    429,
    error(
      "Usage limit reached for 5 hour. Your limit will reset at 2026-11-21 20:00:00",
      "1308",
    ),
    "quota",
    { resetAt: "2026-11-21T12:00:00Z" },
  ],
  [
    "volcengine",
    429,
    error(
      "You have exceeded the monthly usage quota. It will reset at 2026-12-01 00:00:00 +0800 CST. We recommend upgrading your plan.",
      "QuotaExceeded",
    ),
    "quota",
    { resetAt: "2026-11-30T16:00:00Z" },
  ],
  [
    "minimax",
    429,
    {
      type: "error",
      error: {
        type: "rate_limit_error",
        message:
          "usage limit exceeded, 5-hour usage limit reached for Token Plan Starter (0/0 used), resets at 2026-11-21T12:00:00Z (2056)",
      },
    },
    "quota",
    { resetAt: "2026-11-21T12:00:00Z" },
  ],
  [
    "gemini",
    429,
    JSON.stringify([
      error(
        "You exceeded your current quota, please check your plan and billing details.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20\nPlease retry in 15.0s.",
        429,
        { status: "RESOURCE_EXHAUSTED" },
      ),
    ]),
    QUOTA_OR_THROTTLE,
    { resetAt: "2026-11-21T08:35:15Z" },
  ],
  [
    "gemini",
    429,
    "Usage limit reached for model-x. Access resets at 10:57 PM GMT-3.",
    "quota",
    { resetAt: "2026-11-22T01:57:00Z" },
  ],
  [
    "anthropic-compat",
    429,
    "You've hit your limit · resets 8am (Europe/London)",
    "quota",
    { resetAt: "2026-11-22T08:00:00Z" },
  ],
  [
    "codex-compat",
    429,
    "You've hit your usage limit. Upgrade to Pro or try again in 5 days 22 hours 11 minutes.",
    "quota",
    { resetAt: "2026-11-27T06:46:00Z" },
  ],
  [
    "codex-compat",
    429,
    "You've reached your usage limit. Upgrade your plan or purchase additional credits to continue, or try again after November 29, 2026 at 21:15.",
    "quota",
    { resetAt: "2026-11-29T21:15:00Z" },
  ],
  [
    "qoder",
    403,
    '{"code":"403","message":"{\\"code\\":\\"10605\\",\\"message\\":\\"{\\\\\\"isQueued\\\\\\":false,\\\\\\"retryAfterSeconds\\\\\\":30}\\"}"}',
    "auth",
    { resetAt: "2026-11-21T08:35:30Z" },
  ],
  [
    "mimo",
    429,
    error("Too many requests", "429", { type: "rate_limit" }),
    "throttle",
  ],
];

/** Replies from documentation and user reports, and similar ones. */
const FOUND: readonly Row[] = [
  // DashScope and its plans
  [
    "dashscope",
    429,
    error(
      "You exceeded your current quota, please check your plan and billing details. For details, see: https://help.aliyun.com/zh/model-studio/error-code#token-limit",
      "insufficient_quota",
      { type: "insufficient_quota" },
    ),
    "throttle",
  ],
  [
    "unknown",
    429,
    error(
      "Allocated quota exceeded, please increase your quota limit. For details, see: https://www.alibabacloud.com/help/en/model-studio/error-code#token-limit",
      "insufficient_quota",
    ),
    "throttle",
  ],
  ["dashscope", 429, {
    code: "Throttling.AllocationQuota",
    message: "Allocated quota exceeded, please increase your quota limit.",
    request_id: "r",
  }, "throttle"],
  ["coding-plan", 429, {
    code: "Throttling.AllocationQuota",
    message: "Allocated quota exceeded, please increase your quota limit.",
  }, "quota"],
  [
    "dashscope",
    429,
    error("Free allocated quota exceeded.", "Throttling.AllocationQuota"),
    ["throttle", "quota"],
  ],
  ["dashscope", 403, {
    code: "Model.AccessDenied",
    message: "Model access denied.",
    request_id: "r",
  }, ["auth", "client"]],
  [
    "dashscope",
    400,
    error("model 'qwen3-max' is not supported", "invalid_parameter_error"),
    "client",
    { scope: "account" },
  ],
  [
    "dashscope",
    404,
    error(
      "The model `qwen9` does not exist or you do not have access to it.",
      "model_not_found",
    ),
    "client",
    { scope: "account" },
  ],
  [
    "dashscope",
    400,
    error(
      "<400> InternalError.Algo.DataInspectionFailed: Output data may contain inappropriate content.",
      "data_inspection_failed",
    ),
    "client",
  ],
  [
    "dashscope",
    400,
    error(
      "Range of input length should be [1, 98304]",
      "invalid_parameter_error",
    ),
    "client",
  ],
  [
    "coding-plan",
    429,
    error("day allocated quota exceeded", "insufficient_quota"),
    "quota",
    { resetAt: "2026-11-21T16:00:00Z" },
  ],
  [
    "coding-plan",
    401,
    error("invalid access token or token expired", "invalid_api_key"),
    "auth",
  ],
  // ModelScope
  [
    "modelscope",
    429,
    error(
      "You have exceeded today's quota for model Qwen/Qwen3.5-35B-A3B, please consider using other models or try again tomorrow",
    ),
    "quota",
    { resetAt: "2026-11-21T16:00:00Z", model: MODEL },
  ],
  [
    "modelscope",
    429,
    {
      errors: {
        message:
          "You have exceeded today's quota for model Qwen/A, consider using other models",
      },
    },
    "quota",
    { resetAt: "2026-11-21T16:00:00Z", model: MODEL },
  ],
  ["modelscope", 429, {
    error: {
      http_code: "429",
      message: "insufficient balance (1008)",
      type: "insufficient_balance_error",
    },
    request_id: "x",
  }, "quota"],
  // OpenRouter
  [
    "openrouter",
    429,
    error(
      "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
      429,
      {
        metadata: {
          headers: {
            "X-RateLimit-Limit": "50",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": "1795305600000",
          },
          provider_name: null,
        },
      },
    ),
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  [
    "openrouter",
    429,
    error("Rate limit exceeded: free-models-per-min. ", 429, {
      metadata: { headers: { "X-RateLimit-Reset": "1795250160000" } },
    }),
    "throttle",
    { resetAt: "2026-11-21T08:36:00Z" },
  ],
  [
    "openrouter",
    429,
    error("Provider returned error", 429, {
      metadata: {
        raw:
          "qwen/qwen3-coder:free is temporarily rate-limited upstream. Please retry shortly, or add your own key",
        provider_name: "Chutes",
      },
    }),
    "throttle",
  ],
  [
    "openrouter",
    402,
    error(
      "This request would exceed your available credits given your current in-flight requests. Retry after in-flight requests settle, or add credits.",
      402,
      {
        metadata: {
          reason: "in_flight_budget_exhausted",
          limit_source: "openrouter_in_flight_budget",
        },
      },
    ),
    "throttle",
  ],
  [
    "openrouter",
    402,
    error("Budget in use", 402, {
      metadata: { limit_source: "openrouter_in_flight_budget" },
    }),
    "throttle",
  ],
  [
    "openrouter",
    402,
    error("Payment required", 402, {
      metadata: { limit_source: "openrouter_credits" },
    }),
    "quota",
  ],
  [
    "openrouter",
    403,
    error(
      "Key limit exceeded (daily limit). Manage it using https://openrouter.ai/settings/keys",
      403,
    ),
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  ["openrouter", 503, error("No instances available (yet)", 503), "transient"],
  [
    "openrouter",
    404,
    error("No allowed providers are available for the selected model.", 404),
    "client",
    { scope: "account" },
  ],
  [
    "openrouter",
    404,
    error("No endpoints found that support tool use.", 404),
    "client",
    { scope: "account" },
  ],
  [
    "openrouter",
    429,
    error("Error from provider: Provider returned error", 429, {
      metadata: {
        raw:
          '{"error":{"message":"Your account org-4 <ak-f8> is suspended due to insufficient balance, please recharge your account or check your plan and billing details","type":"exceeded_current_quota_error"}}',
      },
    }),
    "quota",
  ],
  // OpenAI and compatible services
  [
    "openai",
    429,
    error(
      "You exceeded your current quota, please check your plan and billing details.",
      "insufficient_quota",
      { type: "insufficient_quota" },
    ),
    "quota",
  ],
  [
    "openai",
    400,
    error("Billing hard limit has been reached", "billing_hard_limit_reached", {
      type: "invalid_request_error",
    }),
    "quota",
  ],
  [
    "openai",
    401,
    error(
      "You exceeded your current quota, please check your plan and billing details",
      401,
      { type: "insufficient_quota" },
    ),
    "quota",
  ],
  [
    "openai",
    401,
    error("Incorrect API key provided: sk-1234", "invalid_api_key"),
    "auth",
  ],
  [
    "openai",
    403,
    error("You are not allowed to sample from this model", null),
    ["auth", "client"],
  ],
  [
    "openai",
    429,
    error(
      "Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 2s.",
      "rate_limit_exceeded",
      { type: "tokens" },
    ),
    "throttle",
    { resetAt: "2026-11-21T08:35:02Z" },
  ],
  [
    "openai",
    429,
    error(
      "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 30601.",
      "rate_limit_exceeded",
    ),
    "throttle",
  ],
  [
    "openai",
    403,
    error(
      "Country, region, or territory not supported",
      "unsupported_country_region_territory",
    ),
    ["auth", "client"],
  ],
  [
    "groq",
    429,
    error(
      "Rate limit reached for model `qwen3-coder-plus` in organization `org_1` service tier `on_demand` on tokens per day (TPD): Limit 100000, Used 99971, Requested 1014. Please try again in 14m10.2s.",
      "rate_limit_exceeded",
      { type: "tokens" },
    ),
    "quota",
    { resetAt: "2026-11-21T08:49:10.200Z", model: MODEL },
  ],
  [
    "groq",
    429,
    error(
      "Rate limit reached for model `qwen3-coder-plus` on requests per minute (RPM): Limit 30. Please try again in 1.5s.",
      "rate_limit_exceeded",
    ),
    "throttle",
    { resetAt: "2026-11-21T08:35:01.500Z", model: MODEL },
  ],
  [
    "groq",
    403,
    error("Access denied. Please check your network settings."),
    "auth",
  ],
  [
    "groq",
    498,
    error("Flex tier capacity exceeded, try again later", "capacity_exceeded"),
    "transient",
  ],
  [
    "cerebras",
    429,
    {
      message: "Tokens per day limit exceeded - too many tokens processed.",
      type: "too_many_tokens_error",
      param: "quota",
      code: "token_quota_exceeded",
    },
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  ["cerebras", 429, {
    message: "Tokens per minute limit exceeded - too many tokens processed.",
    type: "too_many_tokens_error",
    param: "quota",
    code: "token_quota_exceeded",
  }, "throttle"],
  ["xai", 429, {
    code: "Some resource has been exhausted",
    error:
      "Your team 1 has either used all available credits or reached its monthly spending limit. To continue making API requests, please purchase more credits or raise your spending limit.",
  }, "quota"],
  ["xai", 403, {
    code: "The caller does not have permission",
    error:
      "Your newly created team doesn't have any credits yet. You can purchase credits on https://console.x.ai",
  }, ["quota"]],
  ["mistral", 429, {
    object: "error",
    message: "Requests rate limit exceeded",
    type: "rate_limited",
    param: null,
    code: "1300",
  }, "throttle"],
  ["mistral", 429, {
    object: "error",
    message: "Service tier capacity exceeded for this model.",
    type: "service_tier_capacity_exceeded",
    code: "3505",
  }, THROTTLE_OR_TRANSIENT],
  [
    "deepseek",
    402,
    error("Insufficient Balance", "invalid_request_error", {
      type: "unknown_error",
    }),
    "quota",
  ],
  [
    "together",
    429,
    error(
      "You have reached the rate limit specific to this model qwen3-coder-plus. The maximum rate limit for this model is 0.6 queries per minute.",
      "model_rate_limit",
    ),
    "throttle",
    { model: MODEL },
  ],
  [
    "together",
    402,
    error(
      "Credit limit exceeded, please navigate to https://api.together.xyz/settings/billing to upgrade",
      null,
      { type: "credit_limit" },
    ),
    "quota",
  ],
  ["fireworks", 412, {
    error:
      "Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.",
  }, "quota"],
  [
    "azure",
    429,
    error(
      "Requests to the ChatCompletions_Create Operation have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 26 seconds.",
      "429",
    ),
    "throttle",
    { resetAt: "2026-11-21T08:35:26Z" },
  ],
  [
    "azure",
    403,
    {
      statusCode: 403,
      message:
        "Out of call volume quota. Quota will be replenished in 2.12:34:56.",
    },
    "quota",
    { resetAt: "2026-11-23T21:09:56Z" },
  ],
  [
    "azure",
    429,
    {
      statusCode: 429,
      message: "Rate limit is exceeded. Try again in 54 seconds.",
    },
    "throttle",
    { resetAt: "2026-11-21T08:35:54Z" },
  ],
  [
    "github",
    429,
    error(
      "Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 44163 seconds before retrying.",
      "RateLimitReached",
    ),
    "quota",
    { resetAt: "2026-11-21T20:51:03Z" },
  ],
  [
    "github",
    429,
    error(
      "Rate limit of 10 per 60s exceeded for UserByModelByMinute. Please wait 5 seconds before retrying.",
      "RateLimitReached",
    ),
    "throttle",
    { resetAt: "2026-11-21T08:35:05Z" },
  ],
  [
    "bedrock",
    429,
    { message: "Too many tokens per day, please wait before trying again." },
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  ["bedrock", 429, {
    message: "Too many requests, please wait before trying again.",
    __type: "ThrottlingException",
  }, "throttle"],
  ["bedrock", 400, {
    __type: "ServiceQuotaExceededException",
    message: "You have exceeded your service quota",
  }, ["quota", "client"]],
  ["nvidia", 429, { status: 429, title: "Too Many Requests" }, "throttle"],
  ["nvidia", 402, {
    type: "urn:x",
    title: "Payment Required",
    status: 402,
    detail:
      "Account 'x': Cloud credits expired - Please contact NVIDIA representatives",
  }, "quota"],
  [
    "cloudflare",
    429,
    {
      errors: [{
        message:
          "AiError: you have used up your daily free allocation of 10,000 neurons, please upgrade to the Workers Paid plan",
        code: 4006,
      }],
      success: false,
      result: {},
      messages: [],
    },
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  ["chutes", 402, {
    detail:
      "Quota exceeded and account balance is $0.0, please pay with fiat or send tao to 5abc",
  }, "quota"],
  ["chutes", 429, {
    detail: {
      message: "Infrastructure is at maximum capacity, try again later",
    },
  }, THROTTLE_OR_TRANSIENT],
  ["huggingface", 402, {
    error:
      "You have exceeded your monthly included credits for Inference Providers. Subscribe to PRO to get 20x more monthly included credits.",
  }, "quota"],
  ["cohere", 429, {
    message:
      "You are using a Trial key, which is limited to 1000 API calls / month.",
  }, "quota"],
  ["cohere", 429, {
    message:
      "You are using a Trial key, which is limited to 10 API calls / minute.",
  }, "throttle"],
  // Anthropic and compatible services
  ["anthropic-compat", 429, {
    type: "error",
    error: {
      type: "rate_limit_error",
      message:
        "This request would exceed your organization's rate limit of 40,000 input tokens per minute.",
    },
  }, "throttle"],
  ["anthropic-compat", 400, {
    type: "error",
    error: {
      type: "invalid_request_error",
      message:
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    },
  }, "quota"],
  ["anthropic-compat", 529, {
    type: "error",
    error: { type: "overloaded_error", message: "Overloaded" },
  }, "transient"],
  ["anthropic-compat", 0, {
    type: "error",
    error: { type: "overloaded_error", message: "Overloaded" },
  }, "transient"],
  [
    "anthropic-compat",
    400,
    {
      type: "error",
      error: {
        type: "invalid_request_error",
        message:
          "This credential is only authorized for use with Claude Code and cannot be used for other API requests.",
      },
    },
    "client",
    { scope: "account" },
  ],
  ["anthropic-compat", 429, {
    type: "error",
    error: {
      type: "1113",
      message: "Insufficient balance or no resource package. Please recharge.",
    },
  }, "quota"],
  // Codex and its proxies
  [
    "codex-compat",
    429,
    {
      error: {
        type: "usage_limit_reached",
        message: "The usage limit has been reached",
        plan_type: "free",
        resets_at: 1795305600,
        resets_in_seconds: 55500,
      },
    },
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  [
    "codex-compat",
    429,
    {
      error: {
        type: "usage_limit_reached",
        message: "The usage limit has been reached",
        plan_type: "plus",
        resets_in_seconds: 3600,
      },
    },
    "quota",
    { resetAt: "2026-11-21T09:35:00Z" },
  ],
  [
    "codex-compat",
    500,
    {
      type: "error",
      error: {
        type: "usage_limit_reached",
        message: "The usage limit has been reached",
      },
      status_code: 429,
      headers: { "X-Codex-Primary-Reset-After-Seconds": "600" },
    },
    "quota",
    { resetAt: "2026-11-21T08:45:00Z" },
  ],
  // Google
  [
    "gemini",
    429,
    {
      error: {
        code: 429,
        message:
          "You have exhausted your capacity on this model. Your quota will reset after 3h39m41s.",
        status: "RESOURCE_EXHAUSTED",
        details: [{
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "QUOTA_EXHAUSTED",
          metadata: { model: "gemini-x-1", quotaResetDelay: "3h39m41s" },
        }, {
          "@type": "type.googleapis.com/google.rpc.RetryInfo",
          retryDelay: "13181s",
        }],
      },
    },
    "quota",
    { resetAt: "2026-11-21T12:14:41Z", model: MODEL },
  ],
  [
    "gemini",
    429,
    {
      error: {
        code: 429,
        message: "You exceeded your current quota.",
        status: "RESOURCE_EXHAUSTED",
        details: [{
          "@type": "type.googleapis.com/google.rpc.QuotaFailure",
          violations: [{
            quotaId: "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
            quotaDimensions: { model: "gemini-x-1" },
          }],
        }, {
          "@type": "type.googleapis.com/google.rpc.RetryInfo",
          retryDelay: "34s",
        }],
      },
    },
    QUOTA_OR_THROTTLE,
    { resetAt: "2026-11-21T08:35:34Z", model: MODEL },
  ],
  ["gemini", 429, {
    error: {
      code: 429,
      message: "No capacity available for model gemini-x-1 on the server",
      status: "RESOURCE_EXHAUSTED",
      details: [{ reason: "MODEL_CAPACITY_EXHAUSTED" }],
    },
  }, "transient"],
  [
    "gemini",
    503,
    error("The model is overloaded. Please try again later.", 503, {
      status: "UNAVAILABLE",
    }),
    "transient",
  ],
  [
    "gemini",
    400,
    error("API key not valid. Please pass a valid API key.", 400, {
      status: "INVALID_ARGUMENT",
      details: [{ reason: "API_KEY_INVALID" }],
    }),
    "auth",
  ],
  [
    "gemini",
    429,
    error("Resource has been exhausted (e.g. check quota).", 429, {
      status: "RESOURCE_EXHAUSTED",
    }),
    QUOTA_OR_THROTTLE,
  ],
  // China
  ["glm", 429, error("余额不足或无可用资源包,请充值。", "1113"), "quota"],
  [
    "glm",
    429,
    error("您的账户已达到速率限制，请您控制请求频率", "1302"),
    "throttle",
  ],
  [
    "glm",
    429,
    error("该模型当前访问量过大，请您稍后再试", "1305"),
    THROTTLE_OR_TRANSIENT,
  ],
  [
    "glm",
    429,
    error("您的GLM Coding Plan套餐已到期，暂无法使用", "1309"),
    "quota",
  ],
  [
    "glm",
    429,
    error(
      "已达到每周使用上限，您的限额将在 2026-11-25 10:00:00 重置。",
      "1310",
    ),
    "quota",
    { resetAt: "2026-11-25T02:00:00Z" },
  ],
  ["glm", 403, error("当前订阅套餐暂未开放GLM-5权限", "1311"), "client", {
    scope: "account",
  }],
  [
    "glm",
    429,
    error(
      "Weekly/Monthly Limit Exhausted. Your limit will reset at 2026-11-25 10:00:00",
      "1310",
    ),
    "quota",
    { resetAt: "2026-11-25T02:00:00Z" },
  ],
  [
    "moonshot",
    429,
    error(
      "Your account org-1<ak-1> request reached organization max RPM: 3, please try again after 1 seconds",
      null,
      { type: "rate_limit_reached_error" },
    ),
    "throttle",
    { resetAt: "2026-11-21T08:35:01Z" },
  ],
  [
    "moonshot",
    429,
    error("The engine is currently overloaded, please try again later", null, {
      type: "engine_overloaded_error",
    }),
    THROTTLE_OR_TRANSIENT,
  ],
  [
    "moonshot",
    429,
    error(
      "Your account org-1 <ak-1> is suspended, please check your plan and billing details",
      null,
      { type: "exceeded_current_quota_error" },
    ),
    "quota",
  ],
  [
    "moonshot",
    403,
    error(
      "You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle. Upgrade to get more",
      null,
      { type: "access_terminated_error" },
    ),
    "quota",
  ],
  [
    "moonshot",
    403,
    error(
      "Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code",
      null,
      { type: "access_terminated_error" },
    ),
    "client",
    { scope: "account" },
  ],
  [
    "moonshot",
    403,
    error(
      "Access terminated. Review our Community Guidelines or contact support",
      null,
      { type: "access_terminated_error" },
    ),
    "auth",
  ],
  [
    "volcengine",
    403,
    error(
      "The request failed because your account has an overdue balance. Request id: 1",
      "AccountOverdueError",
      { type: "Forbidden" },
    ),
    "quota",
  ],
  [
    "volcengine",
    429,
    error(
      "Your account [1] has reached the set inference limit for the [qwen3-coder-plus] model, and the model service has been paused.",
      "SetLimitExceeded",
    ),
    "quota",
    { model: MODEL },
  ],
  [
    "volcengine",
    429,
    error(
      "The service is currently unable to handle additional requests due to server overload",
      "ServerOverloaded",
    ),
    "transient",
  ],
  [
    "volcengine",
    429,
    error(
      "You have exceeded the 5-hour usage quota. It will reset at 2026-11-21 20:31:56 +0800 CST.",
      "AccountQuotaExceeded",
    ),
    "quota",
    { resetAt: "2026-11-21T12:31:56Z" },
  ],
  [
    "volcengine",
    429,
    error(
      "Requests to the model have exceeded the account's RPM limit",
      "ModelAccountRpmRateLimitExceeded",
    ),
    "throttle",
  ],
  [
    "volcengine",
    404,
    error(
      "The model or endpoint x does not exist or you do not have access to it.",
      "InvalidEndpointOrModel.NotFound",
    ),
    "client",
    { scope: "account" },
  ],
  ["minimax", 500, {
    type: "error",
    error: { type: "api_error", message: "insufficient balance (1008)" },
    request_id: "0",
  }, "quota"],
  ["minimax", 200, {
    id: "0",
    choices: null,
    base_resp: { status_code: 1008, status_msg: "insufficient balance" },
  }, "quota"],
  ["minimax", 200, {
    id: "0",
    choices: null,
    base_resp: { status_code: 1002, status_msg: "rate limit" },
  }, "throttle"],
  ["siliconflow", 403, {
    code: 30001,
    message: "Sorry, your account balance is insufficient",
    data: null,
  }, "quota"],
  ["siliconflow", 429, {
    message:
      "Request was rejected due to rate limiting. If you want more, please contact contact@siliconflow.com. Details:TPM limit reached.",
    data: null,
  }, "throttle"],
  ["siliconflow", 503, {
    code: 50505,
    message: "Model service overloaded. Please try again later.",
    data: null,
  }, "transient"],
  ["iflow", 449, {
    status: "449",
    msg: "You exceeded your current rate limit",
    body: null,
  }, "throttle"],
  ["iflow", 200, {
    status: "449",
    msg: "You exceeded your current rate limit",
    body: null,
  }, "throttle"],
  ["iflow", 200, {
    status: "439",
    msg: "Your API Token has expired.",
    body: null,
  }, "auth"],
  [
    "iflow",
    200,
    { status: "435", msg: "Model not support", body: null },
    "client",
    { scope: "account" },
  ],
  [
    "baidu",
    200,
    { error_code: 17, error_msg: "Open api daily request limit reached" },
    "quota",
    { resetAt: "2026-11-21T16:00:00Z" },
  ],
  ["baidu", 200, {
    error_code: 18,
    error_msg: "Open api qps request limit reached",
  }, "throttle"],
  ["sub2api", 403, {
    code: "INSUFFICIENT_BALANCE",
    message: "Insufficient account balance",
  }, "quota"],
  [
    "new-api",
    429,
    error("当前分组上游负载已饱和，请稍后再试 (request id: 1)", null, {
      type: "new_api_error",
    }),
    THROTTLE_OR_TRANSIENT,
  ],
  [
    "new-api",
    503,
    error(
      "当前分组 default 下对于模型 qwen-x 无可用渠道 (request id: 1)",
      "model_not_found",
      { type: "new_api_error" },
    ),
    "client",
    { scope: "account" },
  ],
  [
    "new-api",
    500,
    error(
      'Error code: 429, with error text {"error":{"code":"1113","message":"余额不足或无可用资源包,请充值。"}}',
    ),
    "quota",
  ],
  ["new-api", 401, error("无效的令牌 (request id: 1)", ""), "auth"],
  ["new-api", 401, error("该令牌已过期", ""), "auth"],
  ["new-api", 403, error("該帳戶額度不足，請儲值", ""), "quota"],
  ["new-api", 429, error("請求過於頻繁，請稍後再試", ""), "throttle"],
  ["new-api", 429, error("今日配額已用盡，請於明日再試", ""), "quota", {
    resetAt: "2026-11-22T00:00:00Z",
  }],
  // LiteLLM
  [
    "litellm",
    429,
    error(
      "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota, please check your plan and billing details",
      "429",
      { type: "throttling_error" },
    ),
    "quota",
  ],
  [
    "litellm",
    429,
    error(
      "Budget has been exceeded! Team=t1 Current cost: 1.0, Max budget: 0.5",
      "429",
      { type: "budget_exceeded" },
    ),
    "quota",
  ],
  [
    "litellm",
    400,
    error(
      "ExceededTokenBudget: Current spend for token: 0.1; Max Budget for Token: 0.05",
      "400",
      { type: "auth_error" },
    ),
    "quota",
  ],
  [
    "litellm",
    429,
    error(
      "Crossed TPM / RPM / Max Parallel Request Limit. Hit TPM Limit. current rpm: 1, limit: 1",
      "429",
    ),
    "throttle",
  ],
  [
    "litellm",
    401,
    error(
      "key not allowed to access model. This key can only access models=['a']. Tried to access qwen-x",
      "401",
      { type: "key_model_access_denied" },
    ),
    "client",
    { scope: "account" },
  ],
  [
    "litellm",
    400,
    error(
      "Invalid model name passed in model=qwen-x. Call `/v1/models` to view available models",
      "400",
    ),
    "client",
    { scope: "account" },
  ],
  // Other languages
  [
    "other",
    429,
    error(
      "Has superado tu límite de uso diario. Inténtalo de nuevo en 3 horas.",
    ),
    "quota",
    { resetAt: "2026-11-21T11:35:00Z" },
  ],
  ["other", 429, error("Demasiadas solicitudes"), "throttle"],
  ["other", 403, error("Saldo insuficiente"), "quota"],
  ["other", 429, error("Cuota agotada"), "quota"],
  [
    "other",
    429,
    error("利用上限に達しました。30分後に再試行してください。"),
    "quota",
    { resetAt: "2026-11-21T09:05:00Z" },
  ],
  ["other", 429, error("レート制限を超えました"), "throttle"],
  ["other", 403, error("残高が不足しています"), "quota"],
  ["other", 429, error("일일 사용량 한도를 초과했습니다"), "quota"],
  ["other", 402, error("잔액이 부족합니다"), "quota"],
  ["other", 429, error("Votre quota mensuel est dépassé"), "quota"],
  ["other", 429, error("Ihr Kontingent ist aufgebraucht"), "quota"],
  ["other", 429, error("Превышен лимит использования"), "quota"],
  // The same in other words
  [
    "worded",
    429,
    error("You have run out of your free usage for today. Come back tomorrow."),
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  ["worded", 403, error("This API key has reached its spending cap."), "quota"],
  [
    "worded",
    429,
    error("The quota for this organisation was fully consumed."),
    "quota",
  ],
  [
    "worded",
    429,
    error("Slow down! You are sending requests too fast."),
    "throttle",
  ],
  ["worded", 429, error("5h limit reached, resets in 2h"), "quota", {
    resetAt: "2026-11-21T10:35:00Z",
  }],
  [
    "worded",
    400,
    error("Your prepaid credits have been used. Please top up."),
    "quota",
  ],
  ["worded", 403, error("Please top up your balance to continue."), "quota"],
  ["worded", 403, error("账户余额为零，请充值后再试"), "quota"],
  ["worded", 403, error("您的账户可用额度为0"), "quota"],
  ["worded", 429, error("您已超出今日免费额度"), "quota", {
    resetAt: "2026-11-22T00:00:00Z",
  }],
  ["worded", 403, error("配额超限"), "quota"],
  ["worded", 401, error("令牌配额已耗尽"), "quota"],
  ["worded", 401, error("token quota exhausted"), "quota"],
  ["worded", 403, error("User has exceeded quota"), "quota"],
  ["worded", 400, error("Monthly budget of $5 reached for this key"), "quota"],
  ["worded", 400, error("Max budget exceeded for project p1"), "quota"],
  ["worded", 400, error("Team t1 has gone over its budget"), "quota"],
  ["worded", 400, error("The account has insufficient funds."), "quota"],
  [
    "worded",
    400,
    error("Your organization has hit its monthly spend limit."),
    "quota",
  ],
  [
    "worded",
    400,
    error("API usage limit exceeded. Access returns on 2026-12-01."),
    "quota",
    { resetAt: "2026-12-01T00:00:00Z" },
  ],
  [
    "worded",
    429,
    error("You've used all of your requests for this month."),
    "quota",
  ],
  [
    "worded",
    429,
    error("Tokens consumed this week exceed the allowance of your plan."),
    "quota",
  ],
  ["worded", 429, error("Daily token limit hit."), "quota", {
    resetAt: "2026-11-22T00:00:00Z",
  }],
  [
    "worded",
    429,
    error(
      "Request limit of your subscription is used up; it renews at 2026-11-21T10:00:00Z",
    ),
    "quota",
    { resetAt: "2026-11-21T10:00:00Z" },
  ],
  ["worded", 403, error("No remaining quota"), "quota"],
  ["worded", 403, error("Remaining balance is 0"), "quota"],
  ["worded", 401, error("Unpaid balance on this account"), ["quota", "auth"]],
  [
    "worded",
    429,
    error("Free quota for qwen3-coder-plus used up, switch to another model"),
    "quota",
    { model: MODEL },
  ],
  [
    "worded",
    400,
    error("model 'qwen3-max' is not available on your plan"),
    "client",
    { scope: "account" },
  ],
  [
    "worded",
    403,
    error("Your plan does not include access to model qwen3-max"),
    "client",
    { scope: "account" },
  ],
  [
    "worded",
    403,
    error("Please upgrade your subscription to use this model"),
    "client",
    { scope: "account" },
  ],
  ["worded", 400, error("unsupported_model"), "client", { scope: "account" }],
  [
    "worded",
    403,
    error("This endpoint may only be used with the official coding tools"),
    "client",
    { scope: "account" },
  ],
  ["worded", 400, error("该套餐仅限在 Coding Agent 中使用"), "client", {
    scope: "account",
  }],
  ["worded", 400, error("不支持的模型: qwen3-max"), "client", {
    scope: "account",
  }],
  ["worded", 503, error("Upstream is overloaded"), "transient"],
  [
    "worded",
    0,
    error("The server is busy, please try again later"),
    "transient",
  ],
  ["worded", 0, error("系统繁忙，请稍后重试"), "transient"],
  ["worded", 0, error("当前服务过载", "server_overloaded"), "transient"],
  ["worded", 0, error("Rate limit reached"), "throttle"],
  ["worded", 0, error("余额不足"), "quota"],
  ["worded", 429, error("请求频率超限，请 30 秒后重试"), "throttle", {
    resetAt: "2026-11-21T08:35:30Z",
  }],
  [
    "worded",
    429,
    { error: { message: "Limit reached", reset_at: "2026-11-21T09:00:00Z" } },
    QUOTA_OR_THROTTLE,
    { resetAt: "2026-11-21T09:00:00Z" },
  ],
  [
    "worded",
    429,
    { error: { message: "Limit reached", retry_after_ms: 1500 } },
    QUOTA_OR_THROTTLE,
    { resetAt: "2026-11-21T08:35:01.500Z" },
  ],
  [
    "worded",
    429,
    {
      error: {
        message: "Quota exceeded",
        metadata: {
          headers: { "Retry-After": "Sat, 21 Nov 2026 09:00:00 GMT" },
        },
      },
    },
    "quota",
    { resetAt: "2026-11-21T09:00:00Z" },
  ],
  [
    "worded",
    429,
    { detail: { error: "quota_exceeded", next_reset_time: 1795305600000 } },
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  [
    "worded",
    429,
    {
      code: "QUOTA_EXCEEDED",
      data: { quotaResetTimeStamp: "2026-11-22T00:00:00Z" },
    },
    "quota",
    { resetAt: "2026-11-22T00:00:00Z" },
  ],
  [
    "worded",
    429,
    {
      message:
        '{"error":{"message":"usage limit reached","resets_in_seconds":60}}',
    },
    "quota",
    { resetAt: "2026-11-21T08:36:00Z" },
  ],
  [
    "glm",
    429,
    { error: { message: "额度已用完", nextFlushTime: "2026-11-21 20:00:00" } },
    "quota",
    { resetAt: "2026-11-21T12:00:00Z" },
  ],
  ["coding-plan", 429, error("You have exceeded your weekly quota"), "quota", {
    resetAt: "2026-11-22T16:00:00Z",
  }],
  ["gemini", 429, error("Requests per day limit reached"), "quota", {
    resetAt: "2026-11-22T08:00:00Z",
  }],
  ["openrouter", 402, error("Monthly key limit reached", 402), "quota", {
    resetAt: "2026-12-01T00:00:00Z",
  }],
  // Errors that mention limits but are about the request, or the service
  [
    "other",
    400,
    error(
      "Invalid 'max_tokens': exceeds the limit of 8192 for this model",
      "invalid_request_error",
    ),
    "client",
  ],
  [
    "other",
    400,
    error("Unknown parameter: 'rate_limit'", "unknown_parameter"),
    "client",
  ],
  [
    "other",
    400,
    error(
      "Invalid schema for function 'check_insufficient_balance': quota must be a number",
    ),
    "client",
  ],
  [
    "other",
    400,
    error("messages.3: tool result says 'Budget has been exceeded'"),
    "client",
  ],
  ["other", 413, error("Request too large: over budget of tokens"), "client"],
  ["other", 500, error("billing service is down"), "transient"],
  ["other", 502, "<html><h1>502 Bad Gateway</h1></html>", "transient"],
  ["other", 404, error("Not Found"), "client", { scope: "account" }],
  ["other", 405, "Method Not Allowed", "client", { scope: "account" }],
];

/** Variants of these: other languages, other words, other statuses. */
const SIBLINGS: readonly Row[] = [
  [
    "other",
    400,
    error("thinking_budget exceeded the maximum of 38912"),
    "client",
  ],
  [
    "other",
    400,
    error("reasoning_budget exceeded allowed maximum (16384)"),
    "client",
  ],
  [
    "other",
    400,
    error("max_thinking_tokens: budget exceeded model limit"),
    "client",
  ],
  [
    "other",
    400,
    error("thinking.budget_tokens: budget exceeded the maximum"),
    "client",
  ],
  ["other", 400, error("The token budget exceeded max_tokens"), "client"],
  [
    "other",
    400,
    error("Thinking budget has been exceeded: max 24576"),
    "client",
  ],
  [
    "other",
    400,
    error("Input token count exceeds the quota of the context window"),
    "client",
  ],
  [
    "other",
    400,
    error("Your prompt exceeded the token budget of this model's context"),
    "client",
  ],
  [
    "other",
    400,
    error("tool 'check_balance' schema: insufficient balance of braces"),
    "client",
  ],
  [
    "other",
    400,
    error("Invalid JSON: insufficient balance of brackets in tool arguments"),
    "client",
  ],
  [
    "other",
    400,
    error("Your organization's monthly spend cap of $50.00 has been hit."),
    "quota",
  ],
  [
    "other",
    400,
    error("Crossed budget for team: current spend 26, max 25"),
    "quota",
  ],
  [
    "other",
    400,
    error("Le budget de cette clé est épuisé.", "budget_depleted"),
    "quota",
  ],
  ["other", 400, error("Le budget de cette clé est épuisé."), "quota"],
  ["other", 400, error("El presupuesto de esta clave se ha agotado"), "quota"],
  ["other", 400, error("O orçamento desta chave foi esgotado"), "quota"],
  [
    "other",
    400,
    error("Das Budget dieses Schlüssels ist aufgebraucht"),
    "quota",
  ],
  ["other", 400, error("Бюджет этого ключа исчерпан"), "quota"],
  ["other", 400, error("预算已超限"), "quota"],
  ["other", 400, error("預算已用盡"), "quota"],
  ["other", 400, error("予算を超過しました"), "quota"],
  ["other", 400, error("예산을 초과했습니다"), "quota"],
  [
    "other",
    400,
    error("Monthly allotment consumed. Access returns December 1."),
    "quota",
    { "resetAt": "2026-12-01T00:00:00Z" },
  ],
  [
    "other",
    400,
    error("Your weekly allocation of 1,000.5 credits is used up"),
    "quota",
  ],
  ["other", 400, error("Spending limit of $10.00 reached"), "quota"],
  ["other", 400, error("Budget for this key (€20.00) was exhausted"), "quota"],
  ["other", 403, error("Kontostand zu niedrig, bitte aufladen"), "quota"],
  ["other", 403, error("残高が足りません。チャージしてください"), "quota"],
  ["other", 403, error("残額が足りません"), "quota"],
  ["other", 403, error("Quota für diesen Monat aufgebraucht"), "quota"],
  ["other", 403, error("Free trial ended"), "quota"],
  ["other", 403, error("Your free trial is over"), "quota"],
  [
    "other",
    403,
    error("You have run out of free messages. Upgrade to continue."),
    "quota",
  ],
  ["other", 403, error("0 credits left"), "quota"],
  ["other", 403, error("You have 0 credits remaining"), "quota"],
  ["other", 403, error("No credits left in your account"), "quota"],
  ["other", 403, error("Your wallet is empty"), "quota"],
  ["other", 403, error("Team balance: -$0.42. Recharge to continue."), "quota"],
  ["other", 403, error("Balance: $-1.20"), "quota"],
  ["other", 403, error("Please purchase first", "ServiceNotOpened"), "quota"],
  ["other", 403, error("Saldo esgotado. Recarregue sua conta."), "quota"],
  [
    "other",
    403,
    error("Solde épuisé, veuillez recharger votre compte"),
    "quota",
  ],
  ["other", 403, error("Il credito è esaurito"), "quota"],
  ["other", 403, error("잔액이 부족합니다. 충전해 주세요"), "quota"],
  ["other", 403, error("На балансе недостаточно средств"), "quota"],
  ["other", 403, error("Баланс исчерпан, пополните счёт"), "quota"],
  ["other", 403, error("Prepaid balance too low"), "quota"],
  ["other", 403, error("Su saldo es demasiado bajo"), "quota"],
  [
    "other",
    429,
    error("Has alcanzado tu límite diario. Vuelve a intentarlo en 2 horas."),
    "quota",
    { "resetAt": "2026-11-21T10:35:00Z" },
  ],
  [
    "other",
    429,
    error("Você atingiu seu limite diário. Tente novamente em 2 horas."),
    "quota",
    { "resetAt": "2026-11-21T10:35:00Z" },
  ],
  [
    "other",
    429,
    error("Vous avez atteint votre limite quotidienne."),
    "quota",
    { "resetAt": "2026-11-22T00:00:00Z" },
  ],
  ["other", 429, error("Sie haben Ihr Tageslimit erreicht"), "quota", {
    "resetAt": "2026-11-22T00:00:00Z",
  }],
  ["other", 429, error("Sie haben Ihr tägliches Limit erreicht"), "quota", {
    "resetAt": "2026-11-22T00:00:00Z",
  }],
  ["other", 429, error("Hai raggiunto il tuo limite giornaliero"), "quota", {
    "resetAt": "2026-11-22T00:00:00Z",
  }],
  ["other", 429, error("Вы достигли дневного лимита"), "quota", {
    "resetAt": "2026-11-22T00:00:00Z",
  }],
  ["other", 429, error("1日の上限に達しました"), "quota", {
    "resetAt": "2026-11-22T00:00:00Z",
  }],
  ["other", 429, error("일일 한도를 초과했습니다"), "quota"],
  [
    "other",
    429,
    error("You have used 100% of your weekly Pro allocation"),
    "quota",
  ],
  ["other", 429, error("You've used all of your monthly messages"), "quota"],
  [
    "other",
    429,
    error("Your limit resets on Tuesday at 10:00 AM GMT"),
    "quota",
    { "resetAt": "2026-11-24T10:00:00Z" },
  ],
  ["other", 429, error("Limit resets at 5pm"), "quota", {
    "resetAt": "2026-11-21T17:00:00Z",
  }],
  [
    "other",
    429,
    error("Has alcanzado tu límite de 60 solicitudes por minuto"),
    "throttle",
  ],
  ["other", 429, error("Rate limit resets in 20 s"), "throttle", {
    "resetAt": "2026-11-21T08:35:20Z",
  }],
  [
    "other",
    429,
    error("Your rate limit resets on the next minute"),
    "throttle",
  ],
  [
    "other",
    403,
    error(
      "Please use an official coding client; direct API calls are not permitted on this subscription.",
    ),
    "client",
    { "scope": "account" },
  ],
  [
    "other",
    403,
    error(
      "This key may not be used for direct API calls; use a supported coding tool",
    ),
    "client",
    { "scope": "account" },
  ],
  ["other", 403, error("该令牌无权访问模型 qwen3-coder-plus"), "client", {
    "scope": "account",
  }],
  ["other", 403, error("該令牌無權存取模型 qwen3"), "client", {
    "scope": "account",
  }],
  ["other", 403, error("当前分组无权使用 qwen3-coder-plus 模型"), "client", {
    "scope": "account",
  }],
  ["other", 403, error("Forbidden"), "auth"],
  ["other", 403, error("You do not have permission to use this key"), "auth"],
  ["other", 403, error("Trial key is invalid"), "auth"],
  ["other", 403, error("Your session ended"), "auth"],
  [
    "other",
    400,
    error("The stream ended unexpectedly; balance your brackets"),
    "client",
  ],
  [
    "openrouter",
    429,
    {
      "error": {
        "message": "Rate limit exceeded",
        "code": 429,
        "metadata": { "limit_source": "free-models-per-day" },
      },
    },
    "quota",
    { "resetAt": "2026-11-22T00:00:00Z" },
  ],
  ["openrouter", 429, {
    "error": {
      "message": "Rate limit exceeded",
      "code": 429,
      "metadata": { "limit_source": "free-models-per-min" },
    },
  }, "throttle"],
  [
    "gemini",
    429,
    {
      "error": {
        "code": 429,
        "message": "You exceeded your current quota",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{
          "violations": [{
            "quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
          }],
        }],
      },
    },
    "quota",
    { "resetAt": "2026-11-22T08:00:00Z" },
  ],
  ["gemini", 429, {
    "error": {
      "code": 429,
      "message": "You exceeded your current quota",
      "status": "RESOURCE_EXHAUSTED",
      "details": [{
        "violations": [{
          "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
        }],
      }],
    },
  }, "throttle"],
  [
    "gemini",
    429,
    {
      "error": {
        "code": 429,
        "message": "You exceeded your current quota",
        "status": "RESOURCE_EXHAUSTED",
        "details": [{
          "violations": [{
            "quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
          }, {
            "quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier",
          }],
        }],
      },
    },
    "quota",
    { "resetAt": "2026-11-22T08:00:00Z" },
  ],
  [
    "other",
    429,
    error(
      "Sie haben Ihr tägliches Limit erreicht. Versuchen Sie es in 3 Stunden erneut.",
    ),
    "quota",
    { "resetAt": "2026-11-21T11:35:00Z" },
  ],
  ["other", 400, error("Image exceeds quota of 10 MB per request"), "client"],
  [
    "other",
    400,
    error("Total budget for reasoning exceeded: 16384 max"),
    "client",
  ],
  ["other", 403, error("Trial period has ended"), "quota"],
  ["other", 403, error("Your trial is over"), "quota"],
  ["other", 403, error("Credits: 0"), "quota"],
  ["other", 403, error("Your account balance is negative"), "quota"],
  ["other", 403, error("服务未开通，请先购买"), "quota"],
  ["other", 400, error("Team budget crossed"), "quota"],
  ["other", 403, error("您没有权限使用模型 qwen3"), "client", {
    scope: "account",
  }],
  ["other", 403, error("token not authorized for model qwen3"), "client", {
    scope: "account",
  }],
  ["other", 429, error("You have reached 100% of your 5-hour window"), "quota"],
  [
    "other",
    429,
    error("Too many requests; your limit resets at the top of the minute"),
    "throttle",
  ],
  ["other", 403, error("Account disabled"), "auth"],
  ["other", 403, error("Your API key has no permission"), "auth"],
  ["other", 400, error("Please use a supported tool type: function"), "client"],
  // The text of OpenAI's Python library for an error, wrapped by a relay.
  [
    "litellm",
    401,
    error(
      "AuthenticationError: OpenAIException - Error code: 401 - {'error': {'message': \"Your balance isn't sufficient\", 'code': 'insufficient_balance', 'param': None}}",
    ),
    "quota",
  ],
  [
    "litellm",
    429,
    error(
      'RateLimitError: AnthropicException - b\'{"error":{"message":"usage limit exceeded, resets at 2026-11-21T12:00:00Z"}}\'. Received Model Group=qwen',
    ),
    "quota",
    { resetAt: "2026-11-21T12:00:00Z" },
  ],
  [
    "litellm",
    400,
    error(
      "Error code: 400 - {'error': {'message': \"Invalid parameter: 'quota exceeded' is no role\", 'type': 'invalid_request_error'}}",
    ),
    "client",
  ],
  [
    "other",
    429,
    error("Zu viele Anfragen, bitte in 30 Sekunden erneut versuchen."),
    "throttle",
    { resetAt: "2026-11-21T08:35:30Z" },
  ],
  [
    "other",
    429,
    error("Ratenlimit überschritten. Bitte warten Sie 45 Sekunden."),
    "throttle",
    { resetAt: "2026-11-21T08:35:45Z" },
  ],
  [
    "other",
    429,
    error("Trop de requêtes. Veuillez réessayer dans 20 secondes."),
    "throttle",
    { resetAt: "2026-11-21T08:35:20Z" },
  ],
  [
    "other",
    403,
    error("Ihr Guthaben reicht für diese Anfrage nicht aus."),
    "quota",
  ],
  ["other", 401, error("Le solde de votre compte ne suffit pas."), "quota"],
  ["other", 403, error("Seus créditos acabaram."), "quota"],
  ["other", 402, error("No tiene saldo suficiente."), "quota"],
  ["other", 429, error("API Key 已达到每日花费限制"), "quota", {
    resetAt: "2026-11-22T00:00:00Z",
  }],
  ["other", 400, error("输入 token 数超过限制 131072"), "client"],
  ["other", 403, error("Prepaid wallet drained"), "quota"],
  ["other", 401, error("API key has no remaining spend"), "quota"],
  [
    "other",
    403,
    error("Account is out of tokens, buy a top-up pack"),
    "quota",
  ],
  [
    "other",
    403,
    error("Your remaining balance (0.00 CNY) cannot cover this call"),
    "quota",
  ],
  ["other", 429, error("Free plan: 0 of 50 messages left"), "quota"],
  ["other", 403, error("このモデルへのアクセス権がありません"), "client", {
    scope: "account",
  }],
  [
    "other",
    403,
    error("Das Modell qwen3-max ist für Ihr Konto nicht freigeschaltet."),
    "client",
    { scope: "account" },
  ],
  ["other", 400, error("Le modèle qwen3-max n'existe pas."), "client", {
    scope: "account",
  }],
  ["other", 403, error("qwen3-max is not included in your plan"), "client", {
    scope: "account",
  }],
  ["other", 0, error("<5000203> Algo: worker pool saturated"), "transient"],
  [
    "modelscope",
    429,
    error("今日额度已用完，请更换其他模型或明日再试"),
    "quota",
    { resetAt: "2026-11-21T16:00:00Z", model: MODEL },
  ],
];

/** All replies. */
export const PROVIDER_REPLIES: readonly ProviderReply[] = [
  ...GIVEN,
  ...FOUND,
  ...SIBLINGS,
]
  .map(([provider, status, body, kind, more = {}]) => ({
    provider,
    status,
    body: typeof body === "string" ? body : JSON.stringify(body),
    kind,
    ...more,
  }));
