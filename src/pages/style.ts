/** The one style of all pages. Everything is sized in rem, so that it grows with the reader's own letters. */

/** Contrast of each pair, WCAG 2.2 (text 4.5, parts 3): measured by axe-core in test/browser/. */
export const STYLE = `:root{color-scheme:light dark;--act:#0b6e5f;--on-act:#fff;--ink:#14201d;--soft:#52615b;--line:#d3dcd8;--edge:#6f7f78;--paper:#fff;--ground:#f3f6f4;--calm:#e6f2ee;--warn:#fdf1dc;font:1rem/1.6 system-ui,"PingFang SC","Noto Sans CJK SC","Noto Sans SC",sans-serif;font-variant-numeric:tabular-nums}
:root:lang(zh-TW){font-family:system-ui,"PingFang TC","Noto Sans CJK TC","Noto Sans TC",sans-serif}:root:lang(ja){font-family:system-ui,"Hiragino Sans","Noto Sans CJK JP",sans-serif}:root:lang(ko){font-family:system-ui,"Apple SD Gothic Neo","Noto Sans CJK KR",sans-serif;word-break:keep-all}
@media(prefers-color-scheme:dark){:root{--act:#4fc3ad;--on-act:#06231d;--ink:#e8efec;--soft:#a3b3ad;--line:#2f3d38;--edge:#7d8f87;--paper:#16201d;--ground:#0d1412;--calm:#14302a;--warn:#3a2e14}}
@media(prefers-contrast:more){:root{--soft:var(--ink);--line:var(--ink);--edge:var(--ink)}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);overflow-wrap:anywhere}
header,main,footer{max-width:34rem;margin-inline:auto;padding-inline:min(1rem,4vw)}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:center;gap:.25rem 1rem;padding-block:.75rem}
.brand{display:flex;gap:.5rem;align-items:center;font-weight:600;margin:0;min-width:0}.brand img{height:1.75rem;max-width:8rem}
h1{font-size:1.3rem;line-height:1.35;margin:0;text-wrap:balance}h2{font-size:1rem;line-height:1.5;margin:0 0 .25rem}#next{margin-block:1rem}p,ol,ul{margin:.5rem 0}.soft{color:var(--soft)}
.card{background:var(--paper);border:1px solid var(--line);border-radius:1rem;padding:min(1.25rem,5vw);margin-bottom:.75rem}
.big{margin:.75rem 0 0;color:var(--soft)}.big b{display:inline-block;color:var(--ink);font-size:min(4rem,16vw);line-height:1.15;letter-spacing:-.02em;margin-inline:.1em}.lead{display:block}.lead+b{margin-inline-start:0}#first{color:var(--ink);font-size:1.75rem;font-weight:700;line-height:1.3}
.time{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;margin:.5rem 0}
progress{appearance:none;display:block;width:100%;height:.625rem;border:1px solid var(--edge);border-radius:1rem;background:var(--calm);overflow:hidden;margin:.75rem 0}progress::-webkit-progress-bar{background:var(--calm)}progress::-webkit-progress-value{background:var(--act)}progress::-moz-progress-bar{background:var(--act)}
.calm{background:var(--calm);border-color:transparent}.mark{display:grid;grid-template-columns:auto 1fr;gap:0 .75rem}.mark svg{width:1.75rem;height:1.75rem;color:var(--act)}.mark p{margin:0}.warn{background:var(--warn)}
.acts{display:flex;flex-wrap:wrap;gap:.6rem;margin-top:1rem}
.act{display:inline-block;min-height:2.75rem;max-width:100%;padding:.55rem min(1.15rem,4vw);border:1px solid var(--edge);border-radius:.75rem;background:none;color:inherit;font:inherit;font-weight:600;text-decoration:none;text-align:center;cursor:pointer}
.main{background:var(--act);border-color:var(--act);color:var(--on-act)}.act[aria-pressed=true]{border-width:2px;border-color:var(--act)}.act[aria-disabled=true]{background:none;border-style:dashed;border-color:var(--edge);color:var(--soft);cursor:default}
details{border-top:1px solid var(--line)}summary{cursor:pointer;padding-block:.6rem;font-weight:600;min-height:2.75rem}details[open]{padding-bottom:.6rem}details p{margin:.25rem 0 .5rem}.card>details:last-child{margin-bottom:-.75rem}.card>details:first-child{border-top:0;margin-top:-.75rem}
.dot{display:flex;gap:.6rem}.dot::before{content:"";flex:none;width:.6rem;height:.6rem;margin-top:.5rem;border-radius:50%;background:var(--act)}.dot[data-net=slow]::before{background:none;border:2px solid var(--ink)}.dot[data-net=offline]::before{border-radius:0;background:var(--ink)}
.bars{display:block;width:100%;height:4rem;margin-top:.5rem;fill:var(--edge)}.bars .least{fill:var(--act)}.bars .band{fill:var(--calm)}.axis{display:flex;justify-content:space-between;font-size:.875rem;margin:0}
.langs{border:0;position:relative}.langs summary{padding:.6rem .25rem;color:var(--soft);font-weight:400}.langs[open]{flex-basis:100%;padding:0}.langs ul{display:flex;flex-wrap:wrap;list-style:none;margin:0 0 .5rem;padding:0}.langs a{display:block;padding:.6rem .75rem}
a{color:inherit}.card b,time,[role=timer]{font-weight:600}li{padding-inline-start:.25rem}.steps{font-size:1.05rem;font-weight:600;padding-inline-start:1.5rem}
footer{padding-block:.25rem 2rem;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;color:var(--soft)}footer a{padding-block:.6rem}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}[hidden]{display:none!important}
.say{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(forced-colors:active){.dot::before,.bars,progress{forced-color-adjust:none}.dot::before{background:CanvasText}.bars{fill:CanvasText}.bars .least{fill:Highlight}.bars .band{fill:none;stroke:Highlight}progress{border-color:CanvasText;background:Canvas}progress::-webkit-progress-bar{background:Canvas}progress::-webkit-progress-value{background:Highlight}progress::-moz-progress-bar{background:Highlight}.main,.calm{border-color:currentColor}}
@media(prefers-reduced-motion:no-preference){progress::-webkit-progress-value{transition:inline-size .4s}}
@media print{:root{--ground:#fff;--paper:#fff;--calm:#fff;--warn:#fff;--ink:#000;--soft:#000}.acts,.langs,form,progress{display:none}footer a::after{content:" (" attr(href) ")"}details::details-content{content-visibility:visible;block-size:auto}.card{break-inside:avoid}}`;

/** An operator's colours, which have been checked, over the page's own. */
export function colorStyle(light: string | undefined, dark: string | undefined): string {
  const onLight = light === undefined ? "" : `:root{--act:${light};--on-act:#fff}`;
  const ownDark =
    light === undefined ? "" : "@media(prefers-color-scheme:dark){:root{--act:#4fc3ad;--on-act:#06231d}}";
  const onDark =
    dark === undefined ? ownDark : `@media(prefers-color-scheme:dark){:root{--act:${dark};--on-act:#0d1412}}`;
  return onLight + onDark;
}
