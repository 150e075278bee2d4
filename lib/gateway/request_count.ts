import { KIND, policyOf } from "../verdict/policy.ts";
import type { Verdict } from "../verdict/classify.ts";
import { readingsIn } from "../quota/headers.ts";
import type { UsageSink } from "../quota/types.ts";
import type { System } from "../system/system.ts";
import { CUT_OFF, type Judged } from "./judged.ts";
import type { Usage } from "./wire/wire.ts";

/** Which request is counted, and where. */
export interface RequestCountOptions {
  /** The account that gets the request. */
  account: number;
  /** The model that it is asked for, if the request names one. */
  model: string | undefined;
  /** Records what is counted. */
  sink: UsageSink;
  /** The clock. */
  system: Pick<System, "now">;
}

/** Counts one request to one account. */
export class RequestCount {
  readonly #options: RequestCountOptions;
  #hasFailed = false;

  /** Counts that the request is sent. */
  constructor(options: RequestCountOptions) {
    this.#options = options;
    this.#count({ requests: 1 });
  }

  /** Records what the headers of the reply say about windows. */
  received(headers: Headers): void {
    const { account, model, sink, system } = this.#options;
    const now = system.now();
    for (const it of readingsIn(headers, { account, model, now })) {
      sink.read(it);
    }
  }

  /** Counts the tokens of the answer. */
  used(usage: Usage): void {
    this.#count(usage);
  }

  /** Counts that the answer was cut off. */
  wasCut(): void {
    this.#failed(CUT_OFF);
  }

  /** Counts what `judged` means, now or when it is known. */
  judged(judged: Judged): Judged {
    const { verdict, response, later, classify } = judged;
    if (verdict) this.#failed(verdict);
    else if (response.status >= 400) this.#failed({ kind: KIND.failed });
    later.then((it) => it && this.#failed(it));
    if (!classify) return judged;
    return {
      ...judged,
      classify: (error) => {
        const found = classify(error);
        if (found) this.#failed(found);
        return found;
      },
    };
  }

  #failed({ kind, retryAt }: Pick<Verdict, "kind" | "retryAt">): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#count({ errors: { [kind]: 1 } });
    if (!policyOf({ kind }).limit) return;
    const { account, model = "", sink, system } = this.#options;
    const at = system.now();
    sink.refuse({ account, model, at, kind, resetsAt: retryAt });
  }

  #count(counted: Partial<Parameters<UsageSink["count"]>[0]>): void {
    const { account, model, sink } = this.#options;
    sink.count({ account, model, ...counted });
  }
}
