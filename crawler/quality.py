"""Is what was extracted really the article that the feed announced?

Knows the pages that come with status 200 and are something else: consent, login and challenge pages,
paywall stubs, soft 404s, other articles.  Meant to be precise: a refusal costs an article its page, so
every rule asks for a short text or for several signs at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from crawler import prose
from crawler.likeness import words
from crawler.model import Entry, Extraction, Origin, Verdict

SHORTEST = 60
"""Characters below which nothing is an article; scripts without spaces say as much with a third of it."""

STUB = 1500
"""Characters above which a text is an article, whatever else is said around it."""

LEAD = 4000
"""Characters at the start of a text that are compared with the announcement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """How one kind of page gives itself away."""

    reason: str
    limit: int  #: characters; in a longer text the words are only mentioned
    count: int  #: different phrases that must be there
    phrases: re.Pattern[str]


def _sign(reason: str, phrases: str, *, limit: int, count: int) -> _Sign:
    lines = [line.strip() for line in phrases.strip().splitlines()]
    return _Sign(reason=reason, limit=limit, count=count, phrases=re.compile("|".join(lines)))


_NOT_FOUND = _sign(
    "soft 404",
    r"""
    (?:page|article|story|content|file|url)(?: you)?[^.]{0,60}(?:not|cannot|can't|couldn't|could not) be found
    (?:page|article|story|content|release) (?:was |is |has been )?(?:not found|no longer (?:available|exists))
    (?:page|article|content|release) (?:you[^.]{0,40} )?does ?n[o']t exist
    (?:page|article|content|release) (?:you[^.]{0,40} )?has (?:been )?(?:moved|removed|deleted|expired)
    \b(?:404|410)\b[^\n]{0,20}(?:error|not found|gone)|error 404
    (?:seite|artikel|inhalt|meldung)[^.\n]{0,60}(?:nicht gefunden|nicht (?:mehr )?verfügbar|existiert nicht)
    página[^.\n]{0,40}(?:no encontrada|no existe|no se (?:pudo|encuentra)|não (?:foi )?encontrada)
    page (?:introuvable|non trouvée|inexistante)
    (?:page|article)[^.\n]{0,50}(?:n['’]existe (?:plus|pas)|n['’]est plus disponible)
    pagina (?:non trovata|niet gevonden|bestaat niet)|sidan (?:hittades inte|finns inte)
    (?:ページ|記事)[^。\n]{0,20}(?:見つかりません|存在しません|ありません|削除)
    页面不存在|找不到(?:该|您|页)|페이지를 찾을 수 없
    """,
    limit=1000,
    count=1,
)

_CHALLENGE = _sign(
    "challenge page",
    r"""
    just a moment\b|checking (?:if the site connection is secure|your browser)|attention required
    (?:verify|confirm|make sure|prove)(?:ing)?(?: that)? you(?:['’]re| are) (?:a |not a )?(?:human|robot|bot)
    are you a (?:robot|human)
    (?:please )?(?:enable|turn on|activate) (?:java ?script|cookies)
    java ?script (?:is|seems to be|must be) (?:disabled|required|enabled)
    (?:unusual|suspicious|automated) (?:traffic|activity|requests?)|ddos protection|pardon our interruption
    request unsuccessful
    access (?:to this page )?(?:has been |is )?denied|you have been blocked
    complete the (?:security check|captcha)|\bcaptcha\b
    (?:bestätigen|überprüfen|stellen)[^.\n]{0,40}(?:mensch|kein roboter)
    java ?script (?:aktivieren|ist deaktiviert)|aktivieren sie (?:bitte )?(?:java ?script|cookies)
    (?:verifi|confirm|comprueb)[^.\n]{0,30}(?:humano|no (?:eres|es) un robot)
    (?:habilite|active|activa) java ?script|acceso denegado
    (?:vérifi|confirm|prouv)[^.\n]{0,40}(?:humain|pas un robot)|(?:activer|activez) (?:le )?java ?script
    accès refusé
    (?:ロボット|人間)[^。\n]{0,12}(?:ない|である)こと|java ?script ?を有効|アクセスが拒否
    请(?:启用|完成)[^。\n]{0,8}(?:javascript|验证)
    """,
    limit=700,
    count=1,
)

_CONSENT = _sign(
    "consent page",
    r"""
    before you continue
    (?:we|our partners|this (?:web)?site|our (?:web)?site)[^.\n]{0,40}\buses? (?:\w+ ){0,3}cookies
    (?:accept|reject|allow|manage|decline)(?: all)?(?: \w+)? cookies|accept all|reject all
    cookie (?:settings|preferences|policy|consent)
    (?:manage|withdraw|your) (?:consent|privacy choices|preferences)|store and/or access information
    legitimate interest
    (?:personali[sz]ed|targeted) (?:ads|advertising|content)|processing (?:of )?(?:your )?personal data
    (?:wir|unsere partner|diese (?:web)?seite)[^.\n]{0,40}(?:verwende|nutz)[^.\n]{0,20}cookies
    (?:alle|cookies) (?:akzeptieren|ablehnen|zulassen)|(?:ihre|deine) (?:einwilligung|zustimmung)
    cookie-einstellungen|berechtigtes interesse
    personenbezogene(?:r|n)? daten|personalisierte (?:werbung|anzeigen)
    (?:utilizamos|usamos|utiliza)[^.\n]{0,30}cookies|(?:aceptar|rechazar)(?: todas?)?(?: las cookies)?
    su consentimiento|datos personales
    (?:nous|nos partenaires|ce site)[^.\n]{0,30}(?:utilis)[^.\n]{0,20}cookies|tout (?:accepter|refuser)
    (?:votre|de) consentement|données personnelles
    (?:クッキー|cookie)[^。\n]{0,20}(?:使用|利用)|(?:すべて|全て)(?:許可|同意|拒否)|同意(?:する|して)|個人(?:情報|データ)
    """,
    limit=STUB,
    count=3,
)

_LOGIN = _sign(
    "login page",
    r"""
    (?:log|sign) ?in (?:to|with|using|below)|forgot(?:ten)? (?:your )?password|create (?:an|your) account
    (?:enter|reset) your (?:password|e-?mail)
    (?:user ?name|e-?mail(?: address)?)(?: \w+)?\s*(?:\n|and|/|or)\s*password|remember me
    don['’]t have an account|keep me (?:logged|signed) in
    passwort vergessen|(?:melden sie sich|jetzt) an(?:melden)?\b|angemeldet bleiben
    noch kein(?:e)? (?:konto|kunde)|benutzername
    (?:olvid|recuper)[^.\n]{0,20}contraseña|iniciar? sesión|crear (?:una )?cuenta
    no tiene(?:s)? (?:una )?cuenta
    mot de passe oublié|(?:connectez-vous|se connecter)|créer (?:un|votre) compte
    pas encore (?:de compte|inscrit)
    パスワード(?:を|の)?(?:お?忘れ|再設定|入力)|ログイン(?:する|して|ID)|新規(?:会員)?登録|忘记密码|登录
    """,
    limit=600,
    count=2,
)

_PAYWALL = _sign(
    "paywall stub",
    r"""
    (?:subscribe|sign up|register|log in|sign in|join)(?: now| today)? to (?:continue|keep|read|unlock|access)
    to (?:continue|keep) reading(?: this)?|(?:continue|keep) reading (?:with|for|your)
    read the (?:full|rest of (?:this|the)) (?:article|story)
    (?:article|story) is (?:\w+ )?(?:for|available (?:only )?to|exclusive to) (?:\w+ )?(?:subscribers|members)
    already (?:a subscriber|have a subscription|a member)|subscribers? only
    (?:free|monthly) articles? (?:left|remaining)|start your (?:free )?(?:trial|subscription)
    (?:weiterlesen|lesen sie)[^.\n]{0,30}(?:mit|abo)
    (?:nur|exklusiv) für (?:abonnenten|mitglieder|registrierte)|jetzt (?:abonnieren|abo|freischalten)
    sie sind (?:bereits|schon) abonnent
    réservé(?:e)? (?:à nos|aux) abonnés|(?:abonnez-vous|s['’]abonner) pour (?:lire|continuer)
    (?:la suite|il vous reste)[^.\n]{0,40}(?:abonn|à lire|à découvrir)|déjà abonné
    (?:solo|exclusivo) para (?:suscriptores|abonados)
    (?:suscríbete|suscríbase|regístrate) para (?:seguir|continuar|leer)|¿ya (?:eres|es) suscriptor
    (?:会員|有料|購読者|登録者)[^。\n]{0,6}限定|(?:続き|全文)(?:を|は)[^。\n]{0,16}(?:読む|会員|ログイン|有料)
    (?:この|本)記事は[^。\n]{0,10}(?:会員|有料)|残り\s?\d+文字
    """,
    limit=STUB,
    count=1,
)

_SIGNS = (_CHALLENGE, _NOT_FOUND, _CONSENT, _LOGIN, _PAYWALL)
_TEMPLATE = re.compile(
    r"\{\{[^{}\n]{1,60}\}\}|\$\{[\w.]{1,60}\}|<%[^%\n]{1,60}%>|\[object object\]|%%\w+%%"
    r"|lorem ipsum|dolor sit amet"
)
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_TAIL = 500  #: characters at the end of a stub, where the paywall asks for money


def judge(extraction: Extraction, entry: Entry, page_status: int | None) -> Verdict:
    """Accept or refuse an extraction for an entry; every reason for a refusal is named.

    ``page_status`` is the HTTP status of the page, None when the feed's own content was read: that is
    the announced article by definition, so only emptiness can be wrong with it.
    """
    text = extraction.text.strip()
    if not text:
        return Verdict(ok=False, reasons=("empty",))
    if extraction.origin is Origin.FEED:
        return Verdict(ok=True)
    reasons = tuple(dict.fromkeys(_reasons(extraction, text, entry, page_status)))
    return Verdict(ok=not reasons, reasons=reasons)


def _reasons(extraction: Extraction, text: str, entry: Entry, page_status: int | None) -> Iterator[str]:
    if page_status in (404, 410):
        yield "soft 404"
    said = f"{extraction.title or ''}\n{text}".lower()
    announced = f"{entry.title or ''}\n{_announcement(entry)}".lower()
    for sign in _SIGNS:
        if len(text) <= sign.limit and _shows(sign, said, announced):
            yield sign.reason
    if len(text) <= STUB and len(_TEMPLATE.findall(said)) > 1:
        yield "template"
    if _is_too_short(text, entry):
        yield "too short"
    if _is_other(extraction, text, entry):
        yield "other article"


def _shows(sign: _Sign, said: str, announced: str) -> bool:
    """Are the phrases there, and not because the announced article itself is about them?"""
    if sign.reason == "paywall stub":
        said = said[-_TAIL:]
    found = {match[0] for match in sign.phrases.finditer(said)}
    found -= {match[0] for match in sign.phrases.finditer(announced)}
    return len(found) >= sign.count


def _announcement(entry: Entry) -> str:
    """What the feed itself says of the article, as plain text."""
    return max((prose.plain(part) for part in (entry.summary, entry.content) if part), key=len, default="")


def _is_too_short(text: str, entry: Entry) -> bool:
    """Hardly a sentence, or a fraction of what the feed itself carries."""
    unspaced = len(_UNSPACED.findall(text))
    if len(text) + 2 * unspaced < SHORTEST:
        return True
    return len(text) < 400 and len(_announcement(entry)) > 3 * len(text)


def _is_other(extraction: Extraction, text: str, entry: Entry) -> bool:
    """Do headline and lead share almost nothing with the announcement?

    Only said of texts that could agree: in the same language as far as known, and with enough words.
    """
    if _primary(extraction.language) != _primary(entry.language) and extraction.language and entry.language:
        return False
    title, summary = _terms(entry.title or ""), _terms(_announcement(entry)[:LEAD])
    if len(title) < 3:
        return False
    page = _terms(f"{extraction.title or ''}\n{text[:LEAD]}")
    return _share(title, page) < 0.2 and (not summary or _share(summary, page) < 0.25)


def _primary(language: str | None) -> str:
    return (language or "").lower().replace("_", "-").split("-")[0]


def _share(wanted: set[str], there: set[str]) -> float:
    return len(wanted & there) / len(wanted)


def _terms(text: str) -> set[str]:
    """What a text is about: its longer words and numbers; pairs of characters in scripts without spaces."""
    found = words(text)
    pairs = {one + two for one, two in pairwise(found) if _is_sign(one) and _is_sign(two)}
    return pairs | {word for word in found if len(word) > 4 or (word.isdigit() and len(word) > 2)}


def _is_sign(word: str) -> bool:
    return len(word) == 1 and bool(_UNSPACED.match(word))
