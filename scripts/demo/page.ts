// The wallet's page in zh-CN and en: which region answered, the balance, and a payment that is never sent twice.
const PLACES: Record<string, { zh: string; en: string }> = {
  hk: { zh: "香港", en: "Hong Kong" },
  sg: { zh: "新加坡", en: "Singapore" },
  jp: { zh: "东京", en: "Tokyo" },
  tokyo: { zh: "东京", en: "Tokyo" },
  sh: { zh: "上海", en: "Shanghai" },
  sz: { zh: "深圳", en: "Shenzhen" },
};

const TEXTS = {
  "zh-CN": {
    title: "钱包",
    answeredBy: "本次由此区域服务",
    balance: "可用余额",
    refresh: "刷新",
    pay: "支付 HK$ 8.80",
    other: "English",
    otherLanguage: "en",
    sending: "正在支付…",
    settled: "支付成功，流水号 ",
    unknown: "结果未知，正在查询，请勿重复支付…",
    failed: "未能完成，请稍后再试",
  },
  en: {
    title: "Wallet",
    answeredBy: "Served by region",
    balance: "Available balance",
    refresh: "Refresh",
    pay: "Pay HK$ 8.80",
    other: "中文",
    otherLanguage: "zh-CN",
    sending: "Paying…",
    settled: "Paid. Receipt ",
    unknown: "Outcome unknown. Asking for the status; please do not pay again…",
    failed: "Not completed. Please try again later",
  },
} as const;
export type Language = keyof typeof TEXTS;

/** The first language of an Accept-Language value that the page speaks; English when there is none. */
export function chooseLanguage(accept = ""): Language {
  for (const item of accept.toLowerCase().split(",")) {
    const tag = item.trim();
    if (tag.startsWith("zh")) return "zh-CN";
    if (tag.startsWith("en")) return "en";
  }
  return "en";
}

export function page(region: string, language: Language): string {
  const text = TEXTS[language];
  const place = PLACES[region]?.[language === "en" ? "en" : "zh"] ?? region;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text.title} · ${place}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
  <header><h1>${text.title}</h1><a href="?lang=${text.otherLanguage}" hreflang="${text.otherLanguage}">${text.other}</a></header>
  <section class="card">
    <p class="label">${text.balance}</p>
    <p class="balance"><small>HK$</small> <span id="balance">1,288.00</span></p>
    <p class="label">${text.answeredBy}</p>
    <p class="region"><b id="region">${place}</b> <code>${region}</code></p>
  </section>
  <nav><a class="button" href="?lang=${language}">${text.refresh}</a><button id="pay">${text.pay}</button></nav>
  <p id="status" role="status"></p>
</main>
<script>
const text = ${JSON.stringify(text)};
${SCRIPT}</script>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #14213d; --paper: #f4f6fb; --card: #fff; --accent: #0b6e4f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf5; --paper: #10141f; --card: #1a2131; --accent: #39b58a; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, "PingFang SC", "Noto Sans CJK SC", sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem 1rem; }
header { display: flex; justify-content: space-between; align-items: baseline; margin-bottom: 1rem; }
h1 { font-size: 1.25rem; }
a { color: var(--accent); }
.card { background: var(--card); border-radius: 1rem; padding: 1.5rem; box-shadow: 0 1px 8px rgb(0 0 0 / .08); }
.label { font-size: .875rem; opacity: .7; }
.balance { font-size: 2.25rem; font-variant-numeric: tabular-nums; margin-bottom: 1rem; }
.balance small { font-size: 1rem; opacity: .7; }
.region { font-size: 1.25rem; }
code { font-size: .875rem; opacity: .7; }
nav { display: grid; grid-template-columns: 1fr 2fr; gap: .75rem; margin: 1rem 0; }
.button, button { display: block; min-height: 3rem; padding: .75rem; border-radius: .75rem; border: 1px solid var(--accent);
  background: none; color: var(--accent); font: inherit; text-align: center; text-decoration: none; cursor: pointer; }
button { background: var(--accent); color: var(--card); }
button:disabled { opacity: .5; cursor: default; }
#status { min-height: 1.5rem; overflow-wrap: anywhere; }
`;

// One POST for one tap. When its outcome is unknown the page asks for the status and never posts again.
const SCRIPT = `
const button = document.getElementById("pay");
const status = document.getElementById("status");
button.onclick = async () => {
  button.disabled = true;
  status.textContent = text.sending;
  const paymentId = "web-" + Array.from(crypto.getRandomValues(new Uint32Array(2)), (n) => n.toString(36)).join("");
  let answer = await fetch("api/pay", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ paymentId, amount: "8.80", currency: "HKD" }),
  }).catch(() => undefined);
  if (!answer || answer.status === 504) {
    status.textContent = text.unknown;
    answer = await fetch("api/pay/" + paymentId).catch(() => undefined);
  }
  status.textContent = answer && answer.ok ? text.settled + paymentId : text.failed;
  button.disabled = false;
};
`;
