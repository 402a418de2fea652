/** What pages say in Japanese. */
import type { Words } from "./words.ts";

export const ja: Words = {
  nothingTaken: "このリクエストは送信されておらず、引き落としも行われていません。",
  maintenance: {
    title: "メンテナンス中です",
    until: "再開予定：{time}",
    unknownEnd: "しばらくしてからもう一度お試しください。",
  },
  limited: {
    title: "リクエストが多すぎます。少しお待ちください",
    whyCaller: "短時間に、このアカウント、端末、またはネットワークから多数のリクエストがありました。",
    whyEverybody: "短時間に、全ユーザーからのリクエストが集中しました。お客様の操作が原因ではありません。",
  },
  usedUp: {
    title: "利用枠を使い切りました",
    why: "この枠は自動では回復しないため、再試行しても成功しません。",
  },
  limiterDown: {
    title: "少しお待ちください",
    why: "現在、残りのリクエスト数を確認できないため、このリクエストを保留しました。",
  },
  again: {
    wait: "{time}後に再試行できます。",
    now: "再試行できます。",
    link: "再試行",
    submit: "時間になったら前のページに戻り、もう一度だけ送信してください。",
    back: "前のページに戻る",
  },
};
