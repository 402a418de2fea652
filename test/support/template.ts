/** A frame of pages as an operator may write it. */
export const TEMPLATE = `<!doctype html>
<html lang="{{lang}}" dir="{{dir}}"><head>{{head}}<title>{{title}}</title>
<style nonce="{{nonce}}">header{background:var(--calm)}</style></head>
<body><header><p class="brand">{{brand}}</p>{{languages}}</header><main>{{content}}</main>{{footer}}</body></html>`;
