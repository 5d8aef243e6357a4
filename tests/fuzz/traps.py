"""Values on which readers trip: numbers at their ends, signs of every odd kind, addresses, dates, markup."""

from __future__ import annotations

NUMBERS = (
    "0", "-0", "-1", "00", "1e9", "1e999", "-1e999", "nan", "inf", "NaN", "Infinity", "0x7f", "0b1", "1_000", "2147483647",
    "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "1" * 20, "9" * 400,
    "9" * 5000, "0.1", ".5", "5.", "1,5", "١٢٣", "１２３", "²", "Ⅷ", "१२", "+5", "- 5", "1e-400", "1.7976931348623157e309",
    "0000-00-00", "99999", "253402300800", "-62135596801", "32503680000", "1e308",
)  # fmt: skip

#: Signs of every Unicode category that matters, each as text.
SIGNS = (
    "\x00", "\x01", "\x08", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1a", "\x1b[2J", "\x1b]8;;https://evil.example\x1b\\x",
    "\x1c", "\x1f", "\x7f", "\x80", "\x85", "\x9b31m", "\xa0", "\xad", "\u0300", "e\u0301", "\u00e9", "\u034f", "\u061c",
    "\u1680", "\u180e", "\u200b", "\u200d", "\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060", "\u2066",
    "\u2069", "\u3000", "\ufdd0", "\ufeff", "\ufffc", "\ufffd", "\ufffe", "\uffff", "\U0001f469\u200d\U0001f680",
    "\U0001f1e9", "\U000e0041", "\U0010ffff", "ß", "İ", "ı", "ﬁ", "Ⅷ", "½", "日", "א", "ن", "ก", "\u0e4a" * 40, "a\u0336" * 30,
)  # fmt: skip

#: Bytes that are no UTF-8, among them surrogates, overlong forms and cut sequences.
BROKEN = (
    b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\x80", b"\xe0\x80\xaf", b"\xf8\x88\x80\x80\x80", b"\xf4\x90\x80\x80", b"\xff",
    b"\xfe", b"\xc3", b"\xe2\x82", b"\xf0\x9f\x92", b"\x80", b"\x93quoted\x94", b"\x1b$B\x1b(B", b"\x81\x30\x81\x30",
)  # fmt: skip

BOMS = (
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xff\xfe\x00\x00",
    b"\x00\x00\xfe\xff",
    b"+/v8-",
    b"\x84\x31\x95\x33",
)

ENCODINGS = (
    "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "utf-7", "gb18030", "gbk", "big5", "shift_jis", "euc-jp",
    "iso2022_jp", "iso2022_kr", "hz", "euc-kr", "koi8-r", "cp1251", "cp1252", "latin-1", "cp037", "mac-roman", "utf-8-sig",
    "iso-8859-8", "tis-620",
)  # fmt: skip

#: Names that a document may give its encoding, real ones and others.
CHARSETS = (
    *ENCODINGS, "utf-8", "UTF8", "utf8mb4", "unicode", "ucs-2", "x-user-defined", "punycode", "undefined", "idna", "rot13", "hex",
    "base64", "zlib", "bz2", "unicode_escape", "raw_unicode_escape", "mbcs", "oem", "x-sjis", "none", "", " ", "a" * 300, "utf-8\x00",
    "ascii", "us-ascii", "iso-8859-1;q=1", "'utf-8'", "cp65001", "utf-9", "../../x", "日本", "\ud800",
)  # fmt: skip

ADDRESSES = (
    "http://", "https://", "//", "///", "http:///", "http://[", "http://]", "http://[::1", "http://[::1]:x/", "http://[v1.a]/",
    "http://[fe80::1%25eth0]/", "http://a:99999/", "http://a:-1/", "http://a:８０/", "http://user:pass@h/", "http://@/", "http://a@b@c/",
    "http://１２７.0.0.1/", "http://0x7f.1/", "http://ⓦ.example/", "http://xn--/", "http://xn--a.example/", "http://xn--999999999/",
    "http://a..b/", "http://-a-/", "http://" + "a" * 64 + ".example/", "http://" + "a." * 130 + "example/", "http://ß.example/",
    "http://\u200d.example/", "http://a.example/%", "http://a.example/%zz", "http://a.example/%00%ff", "http://a.example/../../..",
    "http://a.example/?", "http://a.example/#", "http://a.example?a=b&a=b;c&&=&", "http://a.example/" + "../" * 400,
    "http://a.example/\\..\\x", "http:a", "http:/a", "https:\\\\a\\b", "javascript:alert(1)", "JaVaScRiPt:x", "java\tscript:x",
    "data:text/html,<script>x</script>", "vbscript:x", "file:///etc/passwd", "mailto:", "mailto:a@b?subject=%0d%0aBcc:x", "tel:1",
    "blob:x", "about:blank", "ftp://a/", "view-source:http://a/", "#", "?", ".", "..", "\\\\a\\b", "http://a.example/" + "x" * 9000,
    "http://a.example/\ud800", "http://a.example/\u202e", "http://a.example/ x", "http://a.example/\x00", "http://a.example:0/",
    "urn:uuid:0", "tag:a.example,2024:1", "http://1/", "http://4294967295/", "http://%41.example/", "http://a%00b/", "http://℀.example/",
)  # fmt: skip

DATES = (
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:60+14:00", "9999-12-31T23:59:59-14:00", "10000-01-01", "1969-12-31", "-0001-01-01",
    "2024-02-30", "2024-02-29", "2023-02-29T24:00:00Z", "2016-12-31T23:59:60Z", "2024-13-01", "2024-00-00", "2024-W53-7", "2024-366",
    "Mon, 01 Jan 0001 00:00:00 GMT", "Sun, 31 Dec 9999 23:59:59 -1500", "Fri, 99 Feb 99 99:99:99 +9999", "Thu, 1 Jan 1970 00:00:00 XYZ",
    "12/31/99", "31.12.1899", "1/2/3", "00000000000000", "20240101T250000Z", "2024年13月45日", "२०२४-०१-०१", "2024-01-01T00:00:00+99:99",
    "2024-01-01T00:00:00.999999999999Z", "today", "now", "Jan", "May May May", "1 2 3 4 5 Jan", "1e9", "-1", "9" * 13,
)  # fmt: skip

MARKUP = (
    "<script>alert(1)</script>", "<p onclick=x()>a</p>", "<a href=javascript:x>b</a>", "<img src=x onerror=x>", "<svg/onload=x>",
    "<iframe srcdoc='<script>x</script>'>", "<style>@import x</style>", "<!--", "-->", "<!-->", "<![CDATA[", "]]>", "<?php", "?>",
    "<!DOCTYPE x [<!ENTITY y 'z'>]>", "<math><mi//xlink:href=x>", "<noscript><p title='</noscript><img src=x onerror=x>'>",
    "<template>", "<plaintext>", "<xmp>", "<textarea>", "<title>", "<select><option>", "<table><tr><td><table>", "<base href=//x>",
    "<a" * 200, "<p>" * 300, "<b><i></b></i>", "<br/>" * 300, "</p>" * 50, "<>", "< p>", "</", "<a b='", '<a b="\'>', "&", "&#", "&#x",
    "&#0;", "&#xD800;", "&#x110000;", "&#999999999999;", "&#128;", "&amp;amp;lt;", "&nbsp;", "&unknown;", "&lt;script&gt;", "&#x202e;",
    "&CounterClockwiseContourIntegral;", "&notit;", "{{< shortcode >}}", "{{% x %}}", "{{.Site}}", "+++", "---", "\n+++\n", '"""', "'''",
    "<h1>" + "word " * 400 + "</h1>", "<pre>\n a\n\n b\n</pre>", "<ul><li><ul><li>", "<td colspan=1000000000>", "<td rowspan=-1>",
    "<ol start=99999999999999999999>", "<font size=+9>", "<o:p>", "<x:y z:w=1>", "<\x00p>", "<p\x0cid=a>", "<body onload=x>",
    "<meta http-equiv=refresh content='0;url=javascript:x'>", "<link rel=canonical href='http://['>", "<meta property=og:title content='\x1b[2J'>",
    "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"datePublished\":1e999,\"headline\":[{}]}</script>",
    "<script type=application/ld+json>" + "[" * 900 + "</script>", "<time datetime='9999-99-99'>x</time>",
)  # fmt: skip
