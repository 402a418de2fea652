/** What pages say in Simplified Chinese. */
import type { Words } from "./words.ts";

export const zhCn: Words = {
  nothingTaken: "这次请求没有发出，也没有扣款。",
  maintenance: {
    title: "系统维护中",
    until: "预计恢复时间：{time}",
    unknownEnd: "请稍后再试。",
  },
  limited: {
    title: "请求过多，请稍候",
    whyCaller: "短时间内，来自此账户、设备或网络的请求过多。",
    whyEverybody: "短时间内，所有用户的请求总数过多。这不是您的原因。",
  },
  usedUp: {
    title: "此限额已用完",
    why: "限额不会自动恢复，重试也不会成功。",
  },
  limiterDown: {
    title: "请稍候",
    why: "系统暂时无法确认您还可以发出多少请求，因此先拦下了这一次。",
  },
  again: {
    wait: "{time}后可以重试。",
    now: "现在可以重试了。",
    link: "重试",
    submit: "时间到后，请返回上一页，重新提交一次。",
    back: "返回上一页",
  },
  queued: {
    title: "系统繁忙，您正在排队",
    position: "您排在第 {count} 位",
    ahead: "您前面还有 {count} 人",
    wait: "预计等待：{time}",
    unknown: "暂时无法估计等待时间。",
    paused: "目前暂停放行，恢复后队伍会自动继续。",
    starts: "开始时间：{time}。届时在此等候的用户都会获得排队位置。",
    kept: "您的位置已保留。可以锁屏或使用其他应用，之后再回到本页。",
    next: "轮到您时，本页会自动继续。",
    submit:
      "轮到您后，请返回上一页，重新提交一次；本页不会替您提交。提前提交也没有关系：请求不会发出，您会再次看到本页。",
    check: "立即查看",
    turn: "轮到您了",
    submitNow: "现在可以继续了：请返回上一页，重新提交一次。",
    stale: "暂时没有收到回应，显示的内容可能已有变化。本页会继续查询。",
    lostTitle: "找不到您的位置",
    lost: "在此浏览器中已找不到您的位置。请重新请求，以获得新的位置。",
  },
};
