// The wallet itself: balance, payments, health and the page.
import { answer, json, readBody } from "./answer.ts";
import { cookie, countPayment } from "./counts.ts";
import { HEALTH_PATH } from "./faults.ts";
import { chooseLanguage, page } from "./page.ts";
import { READ, type RegionRequest, type Resource } from "./resource.ts";

const MAX_PAYMENT_BYTES = 64 * 1024;

interface Receipt {
  paymentId: string;
  amount: string;
  currency: string;
  status: "settled";
  region: string;
  at: string;
}

/** The resources of one region; its payments live as long as they do. */
export function walletResources(): Resource[] {
  const receipts = new Map<string, Receipt>();
  return [
    {
      kind: "answer",
      path: /^\/$/,
      methods: READ,
      answer({ region, message, query }) {
        const language = chooseLanguage(query.get("lang") ?? message.headers["accept-language"]);
        return answer(200, "text/html; charset=utf-8", page(region, language), [
          ["Content-Language", language],
          ["Vary", "Accept-Language"],
          ["Cache-Control", "no-store"],
        ]);
      },
    },
    {
      kind: "answer",
      path: new RegExp(`^${HEALTH_PATH}$`),
      methods: READ,
      answer: ({ region }) => json(200, { status: "ok", region }),
    },
    {
      kind: "answer",
      path: /^\/api\/balance$/,
      methods: READ,
      answer: ({ region, message }) =>
        json(200, { region, user: cookie(message, "sid") ?? "guest", balance: "1288.00", currency: "HKD" }),
    },
    {
      kind: "answer",
      path: /^\/api\/pay$/,
      methods: ["POST"],
      answer: (request) => pay(request, receipts),
    },
    {
      kind: "answer",
      path: /^\/api\/pay\/([^/]+)$/,
      methods: READ,
      answer({ region, parts, counts }) {
        const paymentId = decode(parts[0] ?? "");
        const receipt = receipts.get(paymentId);
        if (!receipt) return json(404, { error: "no-such-payment", region, paymentId });
        return json(200, { ...receipt, received: counts.byPayment[paymentId] ?? 0 });
      },
    },
  ];
}

async function pay({ region, message, counts }: RegionRequest, receipts: Map<string, Receipt>) {
  const body = await readBody(message, MAX_PAYMENT_BYTES);
  if (!body) return json(413, { error: "payment-too-large", region });
  const order = parseOrder(body.toString());
  if (!order) return json(400, { error: "expected JSON with paymentId, amount and currency", region });
  countPayment(counts, order.paymentId);
  const receipt: Receipt = { ...order, status: "settled", region, at: new Date().toISOString() };
  if (!receipts.has(order.paymentId)) receipts.set(order.paymentId, receipt);
  return json(201, receipts.get(order.paymentId) ?? receipt, [
    ["Location", `/api/pay/${encodeURIComponent(order.paymentId)}`],
  ]);
}

function parseOrder(text: string): Pick<Receipt, "paymentId" | "amount" | "currency"> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { paymentId, amount, currency } = value as Record<string, unknown>;
  if (typeof paymentId !== "string" || paymentId === "" || typeof currency !== "string") return undefined;
  if (typeof amount !== "string" && typeof amount !== "number") return undefined;
  return { paymentId, amount: String(amount), currency };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
