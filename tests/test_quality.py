"""Is it really the article?  Texts are invented, worded as real pages word them."""

from __future__ import annotations

from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.model import Entry, Extraction, Origin
from crawler.quality import judge, suspicion
from tests.measures import announced as announcements
from tests.measures import bad, gate
from tests.measures.frames import FRAMES, answered, paragraphs

LINK = "https://wire.example/release/1"

RELEASES = {
    "en": (
        "Lanternfield opens a second plant",
        "NORDHAVN, Jan. 6 -- Lanternfield Ltd today opened its second plant for reading lamps. It employs 200 people.",
    ),
    "de": (
        "Laternenfeld eröffnet zweites Werk",
        "Nordhafen, 6. Januar – Die Laternenfeld GmbH hat heute ihr zweites Werk für Leselampen eröffnet. "
        "Dort arbeiten 200 Menschen.",
    ),
    "es": (
        "Campolinterna abre su segunda fábrica",
        "Puerto Norte, 6 de enero. Campolinterna S.A. ha abierto hoy su segunda fábrica de lámparas, con 200 empleados.",
    ),
    "fr": (
        "Champ-Lanterne ouvre une deuxième usine",
        "Port-Nord, le 6 janvier – Champ-Lanterne SA a ouvert aujourd'hui sa deuxième usine de lampes, avec 200 salariés.",
    ),
    "ja": (
        "灯野電機、第二工場を開設",
        "灯野電機株式会社は本日、読書灯を生産する第二工場を北港市に開設しました。二百人が働きます。",
    ),
}

WALLS = [
    ("challenge page", "Just a moment...\nEnable JavaScript and cookies to continue"),
    ("challenge page", "Please verify you are human by completing the action below. wire.example needs to review your connection."),
    ("challenge page", "Access Denied\nYou don't have permission to access this page on this server. Reference #18.2d3a"),
    ("challenge page", "Bitte bestätigen Sie, dass Sie ein Mensch sind, um fortzufahren. Dies dauert nur einen Augenblick, danach geht es weiter."),
    ("challenge page", "Compruebe que es humano para continuar. Su conexión se está revisando, espere un momento por favor."),
    ("challenge page", "Vérifiez que vous êtes humain pour continuer. Cette opération ne prend que quelques secondes, merci."),
    ("challenge page", "続行するには、ロボットではないことを確認してください。接続の安全性を確認しています。しばらくお待ちください。"),
    ("soft 404", "Sorry, the page you were looking for could not be found. It may have been moved, or the address was mistyped."),
    ("soft 404", "Error 404\nThis page has been removed. Go back to the start page or use the search to find what you need."),
    ("soft 404", "Die gewünschte Seite wurde leider nicht gefunden. Bitte prüfen Sie die Adresse oder nutzen Sie die Suche."),
    ("soft 404", "Página no encontrada. Lo sentimos, la dirección que busca ya no está en nuestro sitio. Use el buscador."),
    ("soft 404", "Page introuvable. Nous sommes désolés, le contenu demandé a changé d'adresse. Utilisez la recherche du site."),
    ("soft 404", "お探しのページは見つかりませんでした。お手数ですが、トップページからお探しください。よろしくお願いいたします。"),
    ("consent page", "We and our partners use cookies to store and/or access information on a device. Accept all or manage preferences. Cookie settings can be changed at any time."),
    ("consent page", "Wir verwenden Cookies und verarbeiten personenbezogene Daten. Sie können alle akzeptieren oder Ihre Einwilligung in den Cookie-Einstellungen ändern."),
    ("consent page", "Utilizamos cookies y tratamos datos personales para mostrarle contenidos. Puede aceptar todas o retirar su consentimiento."),
    ("consent page", "Nous utilisons des cookies et traitons des données personnelles. Vous pouvez tout accepter, tout refuser ou retirer votre consentement."),
    ("consent page", "当サイトではクッキーを使用しています。すべて許可するか、設定で拒否できます。続ける場合は同意するを押してください。個人データの扱いもご覧ください。"),
    ("login page", "Sign in to your account\nForgot password?\nDon't have an account? Create an account in less than a minute."),
    ("login page", "Benutzername\nPasswort vergessen?\nAngemeldet bleiben\nNoch kein Konto? Dann registrieren Sie sich hier."),
    ("login page", "Iniciar sesión\n¿Olvidó su contraseña?\nPuede crear una cuenta en pocos minutos desde esta página."),
    ("login page", "Connectez-vous à votre espace. Mot de passe oublié ? Vous pouvez aussi créer un compte en quelques minutes."),
    ("login page", "ログインしてください。パスワードをお忘れの方はこちら。新規会員登録は無料です。メールアドレスを入力してください。"),
]  # fmt: skip

STUBS = {
    "en": "This article is for subscribers. Already a subscriber? Log in.",
    "de": "Jetzt weiterlesen mit Abo. Sie sind bereits Abonnent? Dann melden Sie sich an.",
    "es": "Contenido exclusivo para suscriptores. Suscríbete para seguir leyendo.",
    "fr": "Il vous reste 80% de cet article à lire. La suite est réservée aux abonnés.",
    "ja": "この記事は会員限定です。続きを読むには会員登録が必要です。残り 1200文字",
}


def page(title: str | None, text: str, **fields: str) -> Extraction:
    return Extraction(origin=Origin.PAGE, body=f"<p>{text}</p>", text=text, title=title, **fields)  # type: ignore[arg-type]


def entry(title: str | None, summary: str | None = None, **fields: str | None) -> Entry:
    return Entry(key="k", position=0, title=title, summary=summary, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", RELEASES)
def test_a_short_real_release_is_accepted(language: str) -> None:
    title, text = RELEASES[language]
    assert judge(page(title, text), entry(title, text), 200).ok
    assert judge(page("Newsroom", text), entry(title), 200).ok
    assert judge(page(title, text * 30), entry(title), 200).ok


@pytest.mark.parametrize(("reason", "text"), WALLS)
def test_pages_that_are_no_article_are_named(reason: str, text: str) -> None:
    verdict = judge(page("Example Wire", text), entry("Announcement"), 200)
    assert not verdict.ok
    assert reason in verdict.reasons


@pytest.mark.parametrize("language", STUBS)
def test_a_paywalls_stub_is_not_the_article(language: str) -> None:
    title, text = RELEASES[language]
    assert "paywall stub" in judge(page(title, f"{text}\n{STUBS[language]}"), entry(title), 200).reasons


@pytest.mark.parametrize("text", [text for _, text in WALLS] + list(STUBS.values()))
def test_a_long_article_may_say_any_of_this(text: str) -> None:
    title, release = RELEASES["en"]
    assert judge(page(title, f"{text}\n{release * 20}\n{text}"), entry(title), 200).ok


def test_an_article_announced_as_being_about_walls_may_talk_of_them() -> None:
    title = "Lanternfield drops the captcha: how to verify you are human without one"
    text = "Lanternfield Ltd today dropped the captcha from its shop. Nobody has to verify you are human any more, it said."
    assert judge(page(title, text), entry(title), 200).ok


def test_an_invitation_to_subscribe_to_a_newsletter_is_no_paywall() -> None:
    title, text = RELEASES["en"]
    assert judge(
        page(title, f"{text}\nSubscribe to our newsletter. Follow us for more news."), entry(title), 200
    ).ok


def test_nothing_is_empty_whatever_its_status() -> None:
    assert judge(page("A title", "  \n "), entry("A title"), 404).reasons == ("empty",)


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_served_as_gone_is_not_the_article(status: int) -> None:
    title, text = RELEASES["en"]
    assert judge(page(title, text), entry(title), status).reasons == ("soft 404",)


@pytest.mark.parametrize("text", ["Read more", "Lamps.", "続きを読む"])
def test_hardly_a_sentence_is_too_short(text: str) -> None:
    assert "too short" in judge(page(None, text), entry(None), 200).reasons


def test_the_beginning_of_what_the_feed_carries_is_truncated() -> None:
    title, text = RELEASES["en"]
    full = f"<p>{text * 5}</p>"
    assert judge(page(title, text), entry(title, full), 200).reasons == ("truncated",)
    assert judge(page(title, text * 4), entry(title, full), 200).ok


def test_a_fraction_of_what_the_feed_carries_in_other_words_is_too_short() -> None:
    title, text = RELEASES["en"]
    short = "Lanternfield Ltd told everybody about its second plant in a few kind words on the way home."
    assert judge(page(title, short), entry(title, f"<p>{text * 5}</p>"), 200).reasons == ("too short",)


@pytest.mark.parametrize(
    "end", ["…", "...", " [...]", "… Read more »", " Continue reading", "…\nWeiterlesen"]
)
def test_a_short_text_that_breaks_off_is_truncated_and_a_long_one_is_not(end: str) -> None:
    title, text = RELEASES["en"]
    assert judge(page(title, text[:-1] + end), entry(title), 200).reasons == ("truncated",)
    assert judge(page(title, text * 20 + end), entry(title), 200).ok


@pytest.mark.parametrize("end", ["Learn more", "More lamps are to come …"])
def test_a_short_release_with_closing_matter_may_end_in_any_words(end: str) -> None:
    title, text = RELEASES["en"]
    closing = f"About Lanternfield\nLanternfield has made lamps since 1990.\n{end}"
    assert judge(page(title, f"{text}\n{closing}"), entry(title), 200).ok
    assert judge(page(title, f"{text[:-1]} …\n{closing}"), entry(title), 200).reasons == ("truncated",)


@pytest.mark.parametrize(
    "told",
    [
        "The refinery will stop for planned maintenance in May.",
        "Please register to access the webcast at https://call.example.",
        "Start your free trial today at https://lamps.example.",
        "Members have unlimited access to all our gyms.",
        "The content may have been filled into the wrong jars.",
    ],
)
def test_a_short_release_may_say_what_only_sites_were_thought_to_say(told: str) -> None:
    title, text = RELEASES["en"]
    assert judge(page(title, f"{text} {told}"), entry(title), 200).ok


def test_a_notice_of_maintenance_is_told_by_its_headline_already() -> None:
    title = "Planned maintenance of the trading system"
    text = "The exchange closes its trading system on 5 May. All members have been told, and orders are kept."
    assert judge(page(title, text), entry(title), 200).ok


HTML = "<!doctype html><html><body><main><article><h1>Plant</h1><p>{}</p></article></main></body></html>"


@pytest.mark.parametrize(
    ("document", "cut"),
    [
        (HTML, False),
        (HTML.removesuffix("</html>"), False),
        (HTML[: HTML.index("</p>")], True),
        (HTML[: HTML.index("</main") + 4], True),
        (HTML[: HTML.index("</article>")], True),
        (HTML.replace("</body></html>", ""), False),
        (HTML + "<!-- a tracker -->" * 300 + "of somebody", False),
        ("<p>A page that closes nothing, as old ones are.</p>", False),
        ("<p>A page that closes nothing, not even its paragraph.", False),
        ("<html><p>A page that opens little and ends with a tag.<hr>", False),
        ("", False),
    ],
)
def test_n22_a_document_that_ends_in_the_middle_is_truncated(document: str, cut: bool) -> None:
    title, text = RELEASES["en"]
    for encoding in ("utf-8", "utf-16-le"):
        body = document.format(text).encode(encoding)
        verdict = judge(page(title, text), entry(title), 200, page=answered(body, LINK))
        assert verdict.reasons == (("truncated",) if cut else ())


@pytest.mark.parametrize(
    ("final", "link", "fine"),
    [
        ("https://wire.example/", LINK, False),
        ("https://wire.example/", "https://wire.example/#release-1", True),
        (LINK, LINK, True),
        ("https://wire.example/", None, False),
    ],
)
def test_a_release_that_leads_to_the_front_page_is_not_there(
    final: str, link: str | None, fine: bool
) -> None:
    title, text = RELEASES["en"]
    found = answered(b"<html></html>", LINK, final)
    verdict = judge(page(title, text), entry(title, source_link=link), 200, page=found)
    assert verdict.reasons == (() if fine else ("front page",))


@pytest.mark.parametrize("around", ["", "Share this article\nPrint", "Wird geladen …", "読み込み中"])
def test_a_headline_and_what_stands_around_it_is_no_article(around: str) -> None:
    title = "Lanternfield opens a second plant for reading lamps in the harbour of Nordhavn"
    assert "too short" in judge(page(title, f"{title}\n{around}"), entry(title), 200).reasons
    assert "too short" in judge(page("Newsroom", f"{title} {around}"), entry(title), 200).reasons


def test_a_short_title_and_a_summary_of_something_else_are_another_article() -> None:
    _, text = OTHERS["en"]
    assert judge(page("Dividend", text), entry("Plant", RELEASES["en"][1]), 200).reasons == ("other article",)


@pytest.mark.parametrize("language", ["ko", "ar", "ru", "zh", "ja"])
def test_another_article_is_known_in_every_script(language: str) -> None:
    announced, other = announcements.RELEASES[language]
    assert (
        "other article"
        in judge(page(other.title, other.text), entry(announced.title, announced.lead), 200).reasons
    )
    assert judge(page(announced.title, announced.text), entry(announced.title, announced.lead), 200).ok


# --------------------------------------------------------------------------- one text at several addresses


BOILERPLATE = (
    "Welcome to our newsroom, where all that is new about us is told in {} releases. Choose a year to begin."
)


def test_a_template_is_known_again_whatever_headline_and_number_it_shows() -> None:
    (one, lead), (two, other) = RELEASES["en"], OTHERS["en"]
    first = suspicion(page(one, f"{one}\n{BOILERPLATE.format(17)}"), entry(one, lead))
    second = suspicion(page("Newsroom", f"{two}\n{BOILERPLATE.format(18)}"), entry(two, other))
    assert first is not None
    assert first == second


def test_different_texts_are_not_the_same_template() -> None:
    one, lead = RELEASES["en"]
    told = suspicion(page(one, BOILERPLATE), entry(one, lead))
    assert told != suspicion(page(one, BOILERPLATE.replace("year", "topic")), entry(one, lead))


@pytest.mark.parametrize("language", RELEASES)
def test_what_was_plainly_announced_is_under_no_suspicion(language: str) -> None:
    title, text = RELEASES[language]
    assert suspicion(page(title, f"{title}\n{text}"), entry("Another headline altogether", text)) is None
    assert suspicion(page("Newsroom", f"{title}\n{text}"), entry(title, text)) is None


def test_a_title_alone_puts_no_text_under_suspicion() -> None:
    assert suspicion(page(None, BOILERPLATE), entry("A headline full of wit")) is None
    assert suspicion(page(None, BOILERPLATE), entry("!!!", RELEASES["en"][1])) is not None


@pytest.mark.parametrize("text", ["{{ article.title }} by {{author}} on ${date.day} from the team of the site here", "Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy eirmod"])  # fmt: skip
def test_an_unfilled_template_is_not_the_article(text: str) -> None:
    assert "template" in judge(page(None, text), entry(None), 200).reasons


OTHERS = {
    "en": ("Quarterly dividend of Northbank declared", "Northbank declared its quarterly dividend on Tuesday. Holders of record are paid in February."),
    "de": ("Nordbank beschließt höhere Dividende", "Die Nordbank beschloss am Dienstag eine höhere Dividende. Ausgezahlt wird im Februar."),
    "es": ("Banconorte aprueba un dividendo trimestral", "Banconorte aprobó el martes un dividendo trimestral que cobrarán los accionistas en febrero."),
    "fr": ("Banque-Nord relève son dividende trimestriel", "Banque-Nord a relevé mardi son dividende trimestriel, versé aux actionnaires en février."),
    "ja": ("北銀行、四半期配当を発表", "北銀行は火曜日、四半期の配当を引き上げると発表した。支払いは二月の予定で、株主総会の承認を得るという。"),
}  # fmt: skip


@pytest.mark.parametrize("language", OTHERS)
def test_another_article_is_not_the_one_announced(language: str) -> None:
    title, text = OTHERS[language]
    announced, summary = RELEASES[language]
    assert judge(page(title, text), entry(announced, summary), 200).reasons == ("other article",)
    assert judge(page(title, text), entry(announced), 200).reasons == ("other article",)


def test_a_summary_that_fits_saves_a_headline_that_does_not() -> None:
    title, text = RELEASES["en"]
    assert judge(page(title, text), entry("Breaking: bright future ahead tonight", text), 200).ok


def test_a_translation_is_not_another_article() -> None:
    title, text = RELEASES["de"]
    announced, summary = RELEASES["en"]
    assert judge(page(title, text, language="de-DE"), entry(announced, summary, language="en"), 200).ok


def test_a_title_of_few_words_proves_nothing() -> None:
    _, text = OTHERS["en"]
    assert judge(page("Dividend", text), entry("Second plant"), 200).ok


def test_the_feeds_own_content_is_the_announced_article_by_definition() -> None:
    own = Extraction(origin=Origin.FEED, body="<p>Brief.</p>", text="Brief.")
    assert judge(own, entry("Something else entirely announced"), None).ok
    assert not judge(Extraction(origin=Origin.FEED, body="", text=""), entry("x"), None).ok


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", gate.NAMES)
def test_bad_pages_of_every_kind_are_refused(kind: str) -> None:
    """A sample; ``scripts/measure-gate`` has them all."""
    some = [case for case in bad.pages() if case.kind == kind][:: 4 if kind == "template repeat" else 13]
    assert len(some) >= 2
    assert all(gate.why(case) for case in some)


@pytest.mark.parametrize(
    ("language", "frame"), list(zip(announcements.RELEASES, cycle(FRAMES), strict=False))
)
def test_an_article_in_any_frame_is_let_through(language: str, frame: str) -> None:
    release = announcements.RELEASES[language][0]
    content = paragraphs(release.title, f"{release.text}\n{release.lead}")
    document = answered(FRAMES[frame](language, release.title, content).encode(), LINK)
    assert gate.reasons(bad.entry(release, language), document) == ()


@given(st.text(max_size=300), st.text(max_size=80), st.text(max_size=200), st.sampled_from([None, 200, 404]))
def test_a_verdict_is_always_reached_and_refusals_have_reasons(
    text: str, title: str, summary: str, status: int | None
) -> None:
    verdict = judge(page(title, text), entry(title, summary), status)
    assert verdict.ok == (not verdict.reasons)
    assert len(set(verdict.reasons)) == len(verdict.reasons)
