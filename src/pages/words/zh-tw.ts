/** What pages say in Traditional Chinese. */
import type { Words } from "./words.ts";

export const zhTw: Words = {
  nothingTaken: "這次請求沒有送出，也沒有扣款。",
  maintenance: {
    title: "系統維護中",
    until: "預計恢復時間：{time}",
    unknownEnd: "請稍後再試。",
  },
  limited: {
    title: "請求過多，請稍候",
    whyCaller: "短時間內，來自此帳戶、裝置或網路的請求過多。",
    whyEverybody: "短時間內，所有使用者的請求總數過多。這不是您的問題。",
  },
  usedUp: {
    title: "此額度已用完",
    why: "額度不會自動恢復，重試也不會成功。",
  },
  limiterDown: {
    title: "請稍候",
    why: "系統暫時無法確認您還可以送出多少請求，因此先攔下了這一次。",
  },
  again: {
    wait: "{time}後可以重試。",
    now: "現在可以重試了。",
    link: "重試",
    submit: "時間到後，請返回上一頁，重新送出一次。",
    back: "返回上一頁",
  },
};
