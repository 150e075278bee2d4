import type {
  Service,
  ServiceClock,
  ServiceWindow,
} from "../verdict/service.ts";
import { isLoopback } from "../system/loopback.ts";

/** A service whose API the agent can use with a key. */
export interface ApiPreset {
  /** The name by which users choose it. */
  name: string;
  /** A description for users. */
  summary: string;
  /** The base URL of its API. A key for one region is not valid in another. */
  baseUrl: string;
  /** The default model. */
  model: string;
  /** The environment variable in which users usually keep their key. */
  variable: string;
  /** How all of its keys begin. @default unknown */
  keyPrefix?: string;
  /** How it counts time, to interpret reset times in its messages. */
  clock: ServiceClock;
  /** What it means by an allocated quota; see {@linkcode Service}. */
  allocatedQuota?: Service["allocatedQuota"];
  /** The windows that it documents. @default unknown */
  windows?: Service["windows"];
}

/** UTC+8, all year round. */
const CHINA: ServiceClock = { zone: "+08:00" };

/** https://openrouter.ai/docs/api-reference/limits: a day begins at 00:00 UTC. */
const UTC: ServiceClock = { zone: "UTC", weekBegins: 1, monthBegins: 1 };

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Describes a window of requests; a limit that no page gives is left out. */
function requests(
  name: string,
  lengthMs: number,
  others: Partial<ServiceWindow> & Pick<ServiceWindow, "source">,
): ServiceWindow {
  return { name, unit: "requests", kind: "calendar", lengthMs, ...others };
}

const MODEL_STUDIO =
  "https://www.alibabacloud.com/help/en/model-studio/rate-limit";

/** What the services in both regions have in common. */
const DASHSCOPE = {
  model: "qwen3-coder-plus",
  variable: "DASHSCOPE_API_KEY",
  clock: CHINA,
  allocatedQuota: "minute",
  // Each model has limits of its own, which differ between accounts.
  windows: (["requests", "tokens"] as const).map((unit) =>
    requests("minute", MINUTE_MS, {
      unit,
      kind: "sliding",
      perModel: true,
      source: MODEL_STUDIO,
    })
  ),
} as const;

/** For China: help.aliyun.com/zh/model-studio/coding-plan. */
const PLAN_PAGE =
  "https://www.alibabacloud.com/help/en/model-studio/coding-plan";

/**
 * A coding plan has its own addresses and keys. Five hours slide; the week begins
 * on Monday at 00:00 UTC+8, and the month on the day of the subscription, which
 * we do not know. The limits are those of Lite and Pro.
 */
const CODING_PLAN = {
  model: "qwen3-coder-plus",
  variable: "BAILIAN_CODING_PLAN_API_KEY",
  keyPrefix: "sk-sp-",
  clock: { zone: "+08:00", weekBegins: 1 },
  allocatedQuota: "plan",
  windows: [
    requests("5h", 5 * HOUR_MS, {
      kind: "sliding",
      limits: [1_200, 6_000],
      source: PLAN_PAGE,
    }),
    requests("week", 7 * DAY_MS, {
      limits: [9_000, 45_000],
      source: PLAN_PAGE,
    }),
    requests("month", 31 * DAY_MS, {
      limits: [18_000, 90_000],
      source: PLAN_PAGE,
    }),
  ],
} as const;

/** For free models: a day allows more after credits were bought. */
const FREE_MODELS = {
  modelSuffix: ":free",
  source: "https://openrouter.ai/docs/api-reference/limits",
};

/**
 * The named services, with the values that qwen itself sets up (0.24.4,
 * `/auth`).
 */
export const API_PRESETS: readonly [ApiPreset, ...ApiPreset[]] = [
  {
    name: "dashscope",
    summary: "Alibaba Cloud Model Studio, China (Beijing)",
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    ...DASHSCOPE,
  },
  {
    name: "dashscope-intl",
    summary: "Alibaba Cloud Model Studio, Singapore",
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    ...DASHSCOPE,
  },
  {
    name: "coding-plan",
    summary: "Alibaba Cloud Coding Plan, China (Beijing)",
    baseUrl: "https://coding.dashscope.aliyuncs.com/v1",
    ...CODING_PLAN,
  },
  {
    name: "coding-plan-intl",
    summary: "Alibaba Cloud Coding Plan, Singapore",
    baseUrl: "https://coding-intl.dashscope.aliyuncs.com/v1",
    ...CODING_PLAN,
  },
  {
    name: "modelscope",
    summary: "ModelScope API-Inference",
    baseUrl: "https://api-inference.modelscope.cn/v1",
    model: "Qwen/Qwen3.5-397B-A17B",
    variable: "MODELSCOPE_API_KEY",
    keyPrefix: "ms-",
    clock: CHINA,
    // The limit of each model differs; that of all models together does not.
    windows: [requests("day", DAY_MS, {
      limits: [2_000],
      source: "https://docs.cherry-ai.com/en-us/pre-basic/providers/modelscope",
    })],
  },
  {
    name: "openrouter",
    summary: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    model: "qwen/qwen3-coder",
    variable: "OPENROUTER_API_KEY",
    keyPrefix: "sk-or-",
    clock: UTC,
    windows: [
      requests("minute", MINUTE_MS, {
        kind: "sliding",
        limits: [20],
        ...FREE_MODELS,
      }),
      requests("day", DAY_MS, { limits: [50, 1_000], ...FREE_MODELS }),
    ],
  },
];

/** https://platform.openai.com/docs/api-reference; the default model of 0.171.0. */
export const OPENAI_PRESETS: readonly [ApiPreset] = [{
  name: "openai",
  summary: "OpenAI API",
  baseUrl: "https://api.openai.com/v1",
  model: "gpt-6.2-sol",
  variable: "OPENAI_API_KEY",
  clock: { zone: "UTC" },
}];

/** https://docs.anthropic.com/en/api; the model is an alias of the newest one. */
export const ANTHROPIC_PRESETS: readonly [ApiPreset] = [{
  name: "anthropic",
  summary: "Anthropic API",
  baseUrl: "https://api.anthropic.com",
  model: "sonnet",
  variable: "ANTHROPIC_API_KEY",
  keyPrefix: "sk-ant-",
  clock: { zone: "UTC" },
}];

const ALL_PRESETS: readonly ApiPreset[] = [
  ...API_PRESETS,
  ...OPENAI_PRESETS,
  ...ANTHROPIC_PRESETS,
];

/** The presets by their base URLs, and by the names of their hosts. */
let index: Record<"addresses" | "hosts", Map<string, ApiPreset>> | undefined;

/** Makes it when it is needed; parsing each URL for each key takes long. */
function presetIndex() {
  const entries = (nameOf: (url: string) => string) =>
    // The first one counts.
    ALL_PRESETS.toReversed().map((it) => [nameOf(it.baseUrl), it] as const);
  return index ??= {
    addresses: new Map(entries(normalized)),
    hosts: new Map(entries((it) => new URL(it).hostname)),
  };
}

/** Returns the preset with this base URL, in any notation. */
export function findPreset(baseUrl: string): ApiPreset | undefined {
  return presetIndex().addresses.get(normalized(baseUrl));
}

/** Whether two base URLs are equal, in any notation. */
export function isSameAddress(a: string, b: string): boolean {
  return normalized(a) === normalized(b);
}

function normalized(url: string): string {
  return (URL.parse(url)?.href ?? url).replace(/\/+$/, "");
}

/**
 * Services without a preset, by the end of their host name. Those in China mean
 * UTC+8; Google's days begin at midnight Pacific time
 * (https://ai.google.dev/gemini-api/docs/rate-limits).
 */
const OTHER_SERVICES: readonly [host: string, Service][] = [
  ["qwen.ai", { name: "qwen-portal", allocatedQuota: "plan" }],
  ["bigmodel.cn", { name: "glm", clock: CHINA }],
  ["z.ai", { name: "glm", clock: CHINA }],
  ["volces.com", { name: "volcengine", clock: CHINA }],
  ["volcengine.com", { name: "volcengine", clock: CHINA }],
  ["bytepluses.com", { name: "volcengine", clock: CHINA }],
  ["minimaxi.com", { name: "minimax", clock: CHINA }],
  ["minimax.io", { name: "minimax", clock: CHINA }],
  ["moonshot.ai", { name: "moonshot", clock: CHINA }],
  ["kimi.com", { name: "moonshot", clock: CHINA }],
  ["deepseek.com", { name: "deepseek", clock: CHINA }],
  ["stepfun.com", { name: "stepfun", clock: CHINA }],
  ["baidubce.com", { name: "baidu", clock: CHINA }],
  ["tencentcloudapi.com", { name: "tencent", clock: CHINA }],
  ["hunyuan.cloud.tencent.com", { name: "tencent", clock: CHINA }],
  ["aliyuncs.com", {
    name: "dashscope",
    clock: CHINA,
    allocatedQuota: "minute",
  }],
  ["googleapis.com", {
    name: "gemini",
    clock: { zone: "UTC", resetZone: "America/Los_Angeles" },
  }],
];

/**
 * Returns the service at `baseUrl`, which may lack a scheme; `undefined` if it
 * is unknown. For a proxy on this machine the path may name the host of the
 * service, as in `http://127.0.0.1:8080/open.bigmodel.cn/v4`.
 */
export function serviceAt(baseUrl: string | undefined): Service | undefined {
  if (!baseUrl) return undefined;
  const preset = findPreset(baseUrl);
  if (preset) return preset;
  const url = URL.parse(
    /^https?:/i.test(baseUrl) ? baseUrl : `https://${baseUrl}`,
  );
  if (!url) return undefined;
  const hosts = isLoopback(url.hostname)
    ? url.pathname.split("/").filter((it) => it.includes("."))
    : [url.hostname];
  return hosts.map(serviceOf).find((it) => it !== undefined);
}

/** The service of a qwen login, whatever address the login names. */
export const LOGIN_SERVICE = "qwen-login";

/**
 * Returns the service of a qwen login whose requests go to `baseUrl`. At
 * DashScope a login has its own quota, separate from that of keys.
 */
export function serviceOfLogin(baseUrl: string): Service {
  const service = serviceAt(baseUrl);
  return service && !service.name.startsWith("dashscope")
    ? service
    : { name: LOGIN_SERVICE, allocatedQuota: "plan" };
}

function serviceOf(host: string): Service | undefined {
  const preset = presetIndex().hosts.get(host);
  if (preset) return preset;
  const known = OTHER_SERVICES.find(([end]) =>
    host === end || host.endsWith(`.${end}`)
  );
  if (known) return known[1];
  return host.endsWith(".cn") ? { name: host, clock: CHINA } : undefined;
}
