"""Addresses that are not to be fetched, by the tricks of the public lists, and the names that answer for some."""

from __future__ import annotations

SPELLED = """
http://127.0.0.1/ http://127.1/ http://127.0.1/ http://0/ http://0.0.0.0/ http://2130706433/ http://3232235777/
http://2852039166/latest/meta-data/ http://0x7f000001/ http://0x7f.0.0.1/ http://0x7f.1/ http://0x7F.0x0.0x0.0x1/
http://0xA9FEA9FE/ http://017700000001/ http://0177.0.0.1/ http://0177.0.0.01/ http://00000000177.0.0.1/
http://127.0.0.01/ http://127.000.000.001/ http://0x0000000000007f.1/ http://127.0.0.0x1/ http://127.65537/
http://4294967297/ http://127.0.0.256/ http://127.0.0.1.1/ http://localhost.1/ http://425.510.425.510/
http://7147006462/ http://0251.0376.0251.0376/ http://0xa9.0xfe.0xa9.0xfe/ http://169.0xfea9fe/ http://169.16689662/
http://127.0.0.1./ http://127.0.0.1../ http://127..0.0.1/ http://127.0.0.1%2e/ http://127%2e0%2e0%2e1/
http://%31%32%37.0.0.1/ http://%6c%6f%63%61%6c%68%6f%73%74/ http://127.0.0.1%00.news.example/
""".split()
SIXES = """
http://[::1]/ http://[::]/ http://[0:0:0:0:0:0:0:1]/ http://[0000::1]/ http://[::ffff:127.0.0.1]/
http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:a9fe:a9fe]/ http://[::127.0.0.1]/ http://[::ffff:0:127.0.0.1]/
http://[64:ff9b::7f00:1]/ http://[64:ff9b::169.254.169.254]/ http://[64:ff9b:1::a00:1]/ http://[2002:7f00:1::]/
http://[2002:a9fe:a9fe::1]/ http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/ http://[2a00:1450:4001:82a::5efe:a00:1]/
http://[2a00:1450:4001:82a:200:5efe:127.0.0.1]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fe80::1%eth0]/
http://[fe80::5efe:10.0.0.1]/ http://[fc00::1]/ http://[fd00:ec2::254]/ http://[fd20:ce::254]/ http://[fec0::1]/
http://[ff02::1]/ http://[ff0e::fb]/ http://[2001:db8::1]/ http://[3fff::1]/ http://[100::1]/ http://[5f00::1]/
http://[2001:20::1]/ http://[2620:4f:8000::1]/ http://[::1/ http://::1/ http://[]/ http://[127.0.0.1]/ http://[v1.a]/
http://[::1]x/ http://[::1].news.example/ http://[::1%2525lo]/ http://[0::1%lo]/ http://[2130706433]/
""".split()
CLOSED = """
http://10.0.0.1/ http://10.255.255.255/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/
http://169.254.169.254/latest/meta-data/iam/security-credentials/ http://169.254.170.2/v2/credentials/
http://169.254.169.253/ http://100.64.0.1/ http://100.127.255.255/ http://100.100.100.200/latest/meta-data/
http://192.0.0.192/ http://192.0.0.170/ http://192.0.2.1/ http://198.18.0.1/ http://198.19.255.255/
http://198.51.100.7/ http://203.0.113.9/ http://192.88.99.1/ http://192.31.196.1/ http://192.52.193.1/
http://192.175.48.1/ http://224.0.0.1/ http://239.255.255.250/ http://255.255.255.255/ http://240.0.0.1/
http://168.63.129.16/machine/ http://0.0.0.1/ http://0.255.255.255/ http://127.255.255.254/ http://127.127.127.127/
""".split()
LETTERS = """
http://①②⑦.⓪.⓪.①/ http://１２７.0.0.1/ http://127。0。0。1/ http://127．0．0．1/ http://127｡0｡0｡1/ http://⓪/
http://ｌｏｃａｌｈｏｓｔ/ http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/ http://loc\u00adalhost/ http://local\u200bhost/ http://locaⅼhost/
http://ⅼocalhost.localdomain/ http://𝟙𝟚𝟟.𝟘.𝟘.𝟙/ http://١٢٧.٠.٠.١/ http://127.0.0.1／@news.example/ http://news.example⁄/
http://news.example＃@127.0.0.1/ http://127.0.0.1\u2044news.example/ http://\u212aube.private.example/ http://[：：1]/
http://news.example\u202e/ http://ﬀ.private.example/ http://127.0.0.1:８０/ ｈｔｔｐ://127.0.0.1/ http：//127.0.0.1/
http://faß.private.example/ http://bücher.example/ http://news\uff0eexample/
""".split()
AUTHORITIES = """
http://user@127.0.0.1/ http://user:word@127.0.0.1/ http://@127.0.0.1/ http://:@127.0.0.1/ http://news.example@127.0.0.1/
http://news.example:80@127.0.0.1/ http://127.0.0.1@news.example/ http://127.0.0.1:80@news.example/ http://a@b@127.0.0.1/
http://127.0.0.1#@news.example/ http://127.0.0.1?@news.example/ http://127.0.0.1;@news.example/ http://127.0.0.1&@news.example/
http://127.0.0.1%23@news.example/ http://127.0.0.1%2f@news.example/ http://127.0.0.1\\@news.example/ http://user%40127.0.0.1/
http://news.example\\@127.0.0.1/ http://news.example\\.127.0.0.1/ http:\\\\127.0.0.1\\ http:/\\127.0.0.1/
http:\\/127.0.0.1/ http://127.0.0.1\\.news.example/ http:///127.0.0.1/ http:////127.0.0.1/ http:127.0.0.1/
http:/127.0.0.1/
https:127.0.0.1 http://news.example,127.0.0.1/ http://news.example;127.0.0.1/ http://(127.0.0.1)/ http://{127.0.0.1}/ http://<127.0.0.1>/
http://"127.0.0.1"/ http://127.0.0.1|news.example/ http://127.0.0.1^/ http://`127.0.0.1`/ http://$127.0.0.1/ http://*.example/
http://127.0.0.1:22/ http://127.0.0.1:6379/ http://127.0.0.1:80:80/ http://127.0.0.1:/ http://127.0.0.1:0/ http://127.0.0.1:99999/
http://127.0.0.1:+80/ http://127.0.0.1:-80/ http://127.0.0.1:80x/ http://127.0.0.1:0x50/ http://news.example:22/
http://news.example:25/ http://news.example:8080/ http://news.example:443/ https://news.example:80/ http://news.example:65536/
http://news.example:080000000000000080/ http://news.example:6379/ http://news.example:11211/ http://news.example:2375/
""".split()
SCHEMES = """
file:/etc/passwd file://localhost/etc/passwd file:x ftp://127.0.0.1/ sftp://127.0.0.1/ tftp://127.0.0.1/ ldap://127.0.0.1/
gopher://127.0.0.1:6379/_INFO dict://127.0.0.1:11211/stats jar:http://127.0.0.1!/ netdoc:/etc/passwd data:text/html,x
javascript:alert(1) vbscript:x about:blank ws://127.0.0.1/ wss://127.0.0.1/ unix:/run/docker.sock php://filter/x expect://id
view-source:http://127.0.0.1/ blob:http://127.0.0.1/x phar://x smb://127.0.0.1/x rsync://127.0.0.1/ git://127.0.0.1/x
http+unix://%2Frun%2Fdocker.sock/info url:http://127.0.0.1/ feed:http://127.0.0.1/ //127.0.0.1/ ://127.0.0.1/
""".split()
BROKEN = [
    *("http://127.0.0.1\t/", "http://\n127.0.0.1/", "ht\ntp://127.0.0.1/", "http://127.0.0.1/\r\nX-Injected: 1"),
    *("http://127.0.0.1/\x00", "\x00http://127.0.0.1/", "http://127.0.0.1\x0b/", "\x1fhttp://127.0.0.1/"),
    *(
        "http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "http://127.0.0.1 @127.0.0.1/",
        "http://127.0.0.1/\u2028a",
    ),
    *(
        "http://127.0.0.1/\x85a",
        "http:// 127.0.0.1/",
        "http://",
        "https://?",
        "http://#",
        "http://.",
        "http://..",
        "http://-",
    ),
    *(f"http://{'a' * 64}.private.example/", f"http://{'a.' * 127}example/", f"http://127.0.0.1/{'a' * 2_048}"),
    *("http://news..example/", "http://.news.example/", "http://-news.example-/", "http://xn--/", "http://a.xn--/"),
]
SINGLE = """
http://localhost/ http://LOCALHOST/ http://localhost./ http://LocalHost:80/ http://localhost#.news.example/ http://intranet/
http://metadata/ http://metadata/computeMetadata/v1/ http://kubernetes/ http://host/ http://broadcasthost/ http://ip6-localhost/
""".split()
NAMED = {
    "localhost.localdomain": ["127.0.0.1"],
    "localtest.private.example": ["127.0.0.1"],
    "127.0.0.1.nip.private.example": ["127.0.0.1"],
    "app-10-0-0-1.sslip.private.example": ["10.0.0.1"],
    "spoofed.private.example": ["::1"],
    "metadata.google.internal": ["169.254.169.254"],
    "instance-data.ec2.internal": ["169.254.169.254"],
    "metadata.azure.internal": ["168.63.129.16"],
    "kubernetes.default.svc.cluster.local": ["10.96.0.1"],
    "host.docker.internal": ["192.168.65.2"],
    "gateway.private.example": ["100.64.0.9"],
    "zero.private.example": ["0.0.0.0"],
    "mapped.private.example": ["::ffff:10.0.0.1"],
    "zone.private.example": ["fe80::1%2"],
    "scoped.private.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c%2"],
    "nat64.private.example": ["64:ff9b::7f00:1"],
    "sixtofour.private.example": ["2002:7f00:1::1"],
    "isatap.private.example": ["2a00:1450:4001:82a::5efe:7f00:1"],
    "multicast.private.example": ["224.0.0.251"],
    "broadcast.private.example": ["255.255.255.255"],
    "mixed.private.example": ["93.184.215.14", "127.0.0.1"],
    "many.private.example": [*(f"93.184.215.{number}" for number in range(20, 30)), "10.0.0.1"],
    "both.private.example": ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", "10.0.0.1"],
    "nothing.private.example": [],
    "words.private.example": ["no number"],
    "xn--lclhst-cuae0b.private.example": ["127.0.0.1"],
    "kube.private.example": ["10.0.0.7"],
}
HOSTILE = tuple(
    dict.fromkeys(
        [*SPELLED, *SIXES, *CLOSED, *LETTERS, *AUTHORITIES, *SCHEMES, *BROKEN, *SINGLE]
        + [f"{scheme}://{name}/" for name in NAMED for scheme in ("http", "https")]
    )
)
