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
};
