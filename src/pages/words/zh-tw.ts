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
  queued: {
    title: "系統繁忙，您正在排隊",
    position: "您排在第 {count} 位",
    ahead: "您前面還有 {count} 人",
    wait: "預計等待：{time}",
    unknown: "暫時無法估計等待時間。",
    paused: "目前暫停放行，恢復後隊伍會自動繼續。",
    starts: "開始時間：{time}。屆時在此等候的使用者都會取得排隊位置。",
    kept: "您的位置已保留。可以鎖定螢幕或使用其他應用程式，之後再回到本頁。",
    next: "輪到您時，本頁會自動繼續。",
    submit:
      "輪到您後，請返回上一頁，重新送出一次；本頁不會替您送出。提前送出也沒有關係：請求不會送到系統，您會再次看到本頁。",
    check: "立即查看",
    turn: "輪到您了",
    submitNow: "現在可以繼續了：請返回上一頁，重新送出一次。",
    stale: "暫時沒有收到回應，顯示的內容可能已有變化。本頁會繼續查詢。",
    lostTitle: "找不到您的位置",
    lost: "在此瀏覽器中已找不到您的位置。請重新請求，以取得新的位置。",
  },
};
