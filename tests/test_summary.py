"""Sentences of several languages, and the summary and description made of them."""

from __future__ import annotations

import gzip
import html
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import prose
from crawler.prose.asides import strip_asides
from crawler.summary import LENGTH, Summary, ranking, sentences, summarise

RELEASES = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "releases" / "releases.jsonl.gz"

LEAD = (
    "Acme Robotics Inc. today opened a plant in Reno that will build 4,000 warehouse robots a year for "
    "hospitals, libraries and grocers."
)
SECOND = "The plant employs 250 people and runs on power from its own roof, which holds nine thousand panels."
THIRD = "Reno gave the land for the plant, and the state of Nevada pays for a new road to the interstate."
FOURTH = "Robots from the plant will be delivered to the first twelve hospitals before the end of the summer."
TITLE = "Acme Robotics Opens Robot Plant in Reno"
ARTICLE = "\n".join(
    [
        "RENO, Nev., March 3, 2025 (EXAMPLE NEWSWIRE) -- " + LEAD,
        SECOND,
        "“We are thrilled,” said Jane Roe, who leads the company.",
        THIRD + " " + FOURTH,
        "About Acme Robotics",
        "Acme Robotics builds machines for people who carry things and has done so since it was founded.",
        "This release contains forward-looking statements about the future of Acme Robotics in Reno.",
    ]
)


def made(
    text: str = ARTICLE,
    *,
    title: str = TITLE,
    language: str | None = "en",
    feed: str | None = None,
    meta: str | None = None,
) -> Summary:
    return summarise(text, title=title, language=language, feed_summary=feed, meta_description=meta)


def shown(summary: Summary) -> str:
    assert summary.summary.startswith("<p>")
    assert summary.summary.endswith("</p>")
    return html.unescape(summary.summary[3:-4])


# --------------------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["Acme Inc. announced that U.S. sales rose.", "Ms. Roe said so."]),
        ("en-US", ["J. Doe of Acme Co. Ltd. met Sen. Roe at 5 p.m. EST on Sept. 3.", "It rained."]),
        ("en", ["The store closes at 9 p.m.", "Visitors come early."]),
        ("en", ["It cost 3.5 vs. 4.1 dollars.", "Was it worth it?", "Yes!"]),
        ("en", ["Visit www.Example.com today.", "It is free."]),
        ("en", ["1. Open the box.", "2. Read the sheet."]),
        ("en", ["“Really?” she asked.", "He nodded."]),
        ("en", ["The bill No. 5 passed.", "Nobody objected."]),
        ("en", ["She works at Acme Inc.", "The firm is old."]),
        ("de", ["Die Nr. 5 wurde z. B. am 3. März 2025 verkauft.", "Dr. Müller war dabei."]),
        ("de", ["Der Umsatz stieg um ca. 5 Mio. Euro.", "Das ist gut."]),
        ("es", ["La empresa, p. ej. Acme, creció.", "El Sr. López habló.", "¿Cómo?", "¡Bien!"]),
        ("es", ["EE. UU. es grande.", "México también."]),
        ("fr", ["M. Dupont a parlé.", "Voir p. 3.", "C'est le n. 5.", "La S.A. a grandi."]),
        ("fr", ["MM. Durand et Petit ont vendu.", "Voilà."]),
        ("it-IT", ["La S.p.A. cresce.", "Il Dott. Rossi parla."]),
        ("xx", ["Acme won.", "Beta lost."]),
    ],
)
def test_abbreviations_end_no_sentence(language: str, expected: list[str]) -> None:
    assert sentences(" ".join(expected), language) == expected


@pytest.mark.parametrize("language", ["ja", None])
def test_japanese_sentences_end_without_spaces_and_quoted_speech_stays_with_its_verb(
    language: str | None,
) -> None:
    expected = [
        "株式会社アクメは新製品を発表した。",
        "「これは素晴らしい。」と社長は述べた。",
        "価格は1万円！",
        "本当？",
    ]
    assert sentences("".join(expected), language) == expected


@pytest.mark.parametrize("language", ["zh-CN", None])
def test_chinese_sentences_end_without_spaces(language: str | None) -> None:
    expected = ["公司今日宣布新产品。", "“很好。”他说。", "收入增长！"]
    assert sentences("".join(expected), language) == expected


def test_a_line_end_ends_a_sentence_and_empty_lines_are_nothing() -> None:
    assert sentences("A headline without a stop\n\n  \nThe text. It goes on.", "en") == [
        "A headline without a stop",
        "The text.",
        "It goes on.",
    ]


@given(st.text(), st.sampled_from(["en", "de", "fr", "ja", None, "", "!!"]))
def test_sentences_lose_nothing_but_white_space(text: str, language: str | None) -> None:
    found = sentences(text, language)
    assert all(sentence and sentence == sentence.strip() for sentence in found)
    assert "".join("".join(found).split()) == "".join(text.split())


# --------------------------------------------------------------------------- summary


def test_the_feeds_own_prose_is_the_summary_and_the_description_says_something_else() -> None:
    told = made(feed="<p>Acme Robotics opened a plant that builds robots for hospitals &amp; libraries.</p>")
    assert told.summary == (
        "<p>Acme Robotics opened a plant that builds robots for hospitals &amp; libraries.</p>"
    )
    assert told.summary_from == "feed.summary"
    assert told.description_from == "article.sentences"
    assert told.description != shown(told)


def test_quotation_marks_stay_readable_and_markup_is_escaped() -> None:
    told = made(feed='Acme\'s "robot" lifts <b>p &lt; 5</b> kilograms without any help.')
    assert told.summary == '<p>Acme\'s "robot" lifts p &lt; 5 kilograms without any help.</p>'


@pytest.mark.parametrize(
    ("feed", "why"),
    [
        (LEAD[:80] + "…", "cut"),
        (LEAD[:80] + " [&#8230;]", "cut"),
        (LEAD + " Read more", "cut"),
        (LEAD[:80], "cut"),
        (TITLE, "the title again"),
        (TITLE.upper() + ".", "the title again"),
        ("RENO, Nev., March 3, 2025 (EXAMPLE NEWSWIRE) -- ", "a dateline only"),
        ("Robots. Plant. Reno.", "no whole sentence"),
        ("Click here to read what Acme Robotics opened in Reno today.", "boilerplate"),
        (ARTICLE, "the whole article"),
        (" ".join([LEAD, SECOND, THIRD, FOURTH]), "the whole article"),
    ],
)
def test_a_feed_summary_that_is_no_prose_gives_way_to_the_article(feed: str, why: str) -> None:
    told = made("\n".join([LEAD, SECOND, THIRD, FOURTH]), feed=feed)
    assert told.summary_from == "article.sentences"
    assert [loser.note for loser in told.summary_losers if loser.source == "feed.summary"] == [why]


def test_the_headline_and_the_dateline_before_a_feeds_prose_are_taken_off() -> None:
    feed = f"<h3>{TITLE}</h3><p>RENO, March 3, 2025 /Example/ -- {LEAD}</p>"
    assert shown(made(feed=feed)) == LEAD


def test_the_trailer_of_a_blog_engine_does_not_make_a_summary_cut() -> None:
    feed = f"<p>{LEAD}</p><p>The post {TITLE} appeared first on Example Wire.</p>"
    assert shown(made(feed=feed)) == LEAD


def test_without_a_feed_summary_the_best_two_sentences_stand_in_the_articles_order() -> None:
    told = made()
    assert shown(told) == f"{LEAD} {SECOND}"
    assert told.description == f"{THIRD} {FOURTH}"
    assert (told.summary_from, told.description_from) == ("article.sentences", "article.sentences")


def test_nothing_after_the_closing_matter_begins_is_shown() -> None:
    told = made(f"{LEAD} About Acme Robotics: {SECOND} {THIRD}", title="Acme")
    assert shown(told) == LEAD
    assert SECOND not in told.description


@pytest.mark.parametrize(
    "noise",
    [
        "For more information about Acme Robotics and its robot plant in Reno, visit www.example.com.",
        "This press release contains forward-looking statements about Acme Robotics and its Reno plant.",
        "Write to press@example.com to learn how Acme Robotics opens a robot plant in the city of Reno.",
    ],
)
def test_boilerplate_is_never_chosen_however_well_it_fits_the_title(noise: str) -> None:
    told = made("\n".join([noise, LEAD, SECOND, THIRD]))
    assert noise not in shown(told)
    assert noise not in told.description


def test_two_sentences_too_long_together_leave_one() -> None:
    long = "Acme Robotics opens a robot plant in Reno, " + "and so on and on " * 9 + "until it ends."
    other = long.replace("opens", "closes").replace("and so on", "or perhaps not")
    told = made(f"{long} {other} {SECOND}")
    assert shown(told) == long
    assert len(shown(told)) < LENGTH < len(long) + len(other)


def test_a_lead_longer_than_everything_is_shown_whole_when_nothing_else_is_there() -> None:
    endless = "Acme Robotics opened a plant in Reno " + "and another one " * 60 + "last year."
    assert shown(made(endless)) == endless


def test_a_sentence_said_twice_is_shown_once() -> None:
    again = LEAD.replace("today ", "")
    told = made(f"{LEAD}\n{again}\n{SECOND}\n{THIRD}")
    assert shown(told).startswith(LEAD)
    assert again not in shown(told) + told.description


def test_japanese_sentences_are_joined_without_a_space() -> None:
    text = (
        "株式会社アクメは新型ロボット「一号」を発表した。価格は一万円で全国の店舗で販売する。"
        "新型ロボットは家庭で掃除と料理を手伝う。生産は山梨の新工場で四月に始まる。"
    )
    told = made(
        text + "\nアクメについて\nアクメは昔からある会社です。",
        title="アクメ、新型ロボットを発表",
        language=None,
    )
    assert prose.is_whole(shown(told))
    assert " " not in shown(told) + told.description
    assert "昔から" not in shown(told) + told.description
    assert shown(told).startswith("株式会社アクメは")


# --------------------------------------------------------------------------- description


def test_the_pages_description_wins_when_it_is_whole() -> None:
    meta = "Acme Robotics builds robots for hospitals in a new plant near Reno."
    told = made(meta=meta)
    assert (told.description, told.description_from) == (meta, "page.description")
    assert shown(told) == f"{LEAD} {SECOND}"


@pytest.mark.parametrize(
    ("meta", "why"),
    [
        ("Acme Robotics builds robots for hospitals in …", "cut"),
        ("Read the latest headlines of the biggest wire, every morning.", "about the site, not the article"),
    ],
)
def test_a_cut_or_foreign_description_gives_way_to_two_other_sentences(meta: str, why: str) -> None:
    told = made(meta=meta)
    assert told.description == f"{THIRD} {FOURTH}"
    assert told.description_losers[0].note == why


def test_a_page_description_that_is_the_summary_again_is_not_used() -> None:
    told = made(feed=LEAD, meta=LEAD)
    assert shown(told) == LEAD
    assert told.description_from == "article.sentences"
    assert LEAD not in told.description
    assert told.description_losers[0].note == "the summary again"


def test_of_two_sentences_one_is_the_summary_and_the_other_the_description() -> None:
    told = made(f"{LEAD} {SECOND}")
    assert (shown(told), told.description) == (LEAD, SECOND)


def test_of_two_sentences_both_are_the_summary_when_the_page_describes_itself() -> None:
    told = made(f"{LEAD} {SECOND}", meta="Acme Robotics now builds its robots in Nevada.")
    assert shown(told) == f"{LEAD} {SECOND}"
    assert told.description == "Acme Robotics now builds its robots in Nevada."


def test_an_article_of_one_sentence_is_described_by_its_title() -> None:
    told = made(LEAD)
    assert (shown(told), told.description, told.description_from) == (LEAD, TITLE, "title")


def test_without_sentences_the_pages_description_serves_as_summary() -> None:
    told = made("- one\n- two", meta=LEAD)
    assert (shown(told), told.summary_from) == (LEAD, "page.description")
    assert (told.description, told.description_from) == (TITLE, "title")


def test_without_anything_the_title_is_both() -> None:
    told = made("")
    assert (shown(told), told.summary_from) == (TITLE, "title")
    assert told.description == TITLE


# --------------------------------------------------------------------------- ranking


def test_a_sentence_that_hangs_on_another_weighs_less() -> None:
    standing = "Acme Robotics opened a plant near the river last week."
    hanging = "This company opened a plant near the river last week."
    quoted = "“Acme Robotics opened a plant near the river last week.”"
    weights = {text: ranking.ranked([text], "", "")[0].score for text in (standing, hanging, quoted)}
    assert weights[standing] > weights[quoted]
    assert weights[standing] > weights[hanging]


def test_the_titles_words_lift_a_sentence() -> None:
    one = "The river rose by three inches over the long weekend."
    two = "Acme Robotics opens a robot plant near the old bridge."
    assert ranking.ranked([one, two], f"{one} {two}", TITLE)[0].text == two


def test_terms_of_a_mixed_text_are_words_and_pairs_of_letters() -> None:
    assert ranking.terms("新製品 Robot") == ["robot", "新製", "製品"]


# --------------------------------------------------------------------------- robustness, speed, reality


@given(st.text(), st.text(), st.none() | st.text(), st.none() | st.text())
def test_any_text_gives_a_paragraph_and_a_description_without_controls(
    text: str, title: str, feed: str | None, meta: str | None
) -> None:
    told = made(text, title=title, feed=feed, meta=meta)
    inner = told.summary[3:-4]
    assert "<" not in inner
    assert not re.search("[\x00-\x1f\x7f-\x9f\ud800-\udfff]", told.summary + told.description)


@pytest.mark.parametrize("part", ["A. ", "Mr. ", "a", "“", "。", "A b c d. ", "www. ", "\n", "新"])
def test_a_hostile_text_costs_no_more_than_a_long_one(part: str) -> None:
    started = time.process_time()
    made(part * 500_000, title=part * 1000, feed=part * 500_000, meta=part * 500_000)
    assert time.process_time() - started < 1.0


@pytest.mark.no_cover
@pytest.mark.shared
def test_real_releases_are_summarised_in_whole_sentences() -> None:
    if not RELEASES.exists():
        pytest.skip("needs ../shared/data/releases")
    with gzip.open(RELEASES, "rt", encoding="utf-8") as file:
        releases = [json.loads(line) for _, line in zip(range(600), file, strict=False)]
    whole = leftovers = 0
    lengths = []
    leftover = re.compile(r"/[\w .-]{3,30}/\s*--|--News Direct--|forward-looking|appeared first on|@\w+\.\w")
    for release in releases:
        told = made(release["text"].replace("  ", "\n"), title=release["title"])
        text = shown(told)
        lengths.append(len(text))
        whole += all(prose.is_whole(part) for part in sentences(text, "en"))
        leftovers += leftover.search(text + told.description) is not None
    assert whole / len(releases) > 0.97
    assert leftovers / len(releases) < 0.01
    assert 180 < sorted(lengths)[len(lengths) // 2] < 320


def test_only_the_top_of_a_long_article_is_ranked() -> None:
    sentences = [
        f"Plant number {number} makes garden robots for {number} countries." for number in range(1, 90)
    ]
    found = summarise(
        "\n".join(sentences), title="Plants", language="en", feed_summary=None, meta_description=None
    )
    assert "number 89 " not in found.summary + found.description
    assert found.summary.startswith("<p>Plant number")


_SCORED = """
from random import Random
from crawler.summary.ranking import ranked
random = Random(1)
words = ["".join(random.choices("abcdefgh", k=6)) for _ in range(60)]
lines = [" ".join(random.choices(words, k=25)) for _ in range(14)]
print([sentence.score for sentence in ranked(lines, ". ".join(lines), lines[0])])
"""


def test_scores_do_not_depend_on_the_order_in_which_a_process_keeps_words() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", _SCORED],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


# --------------------------------------------------------------------------- what an editor strikes out


@pytest.mark.parametrize(
    ("sentence", "left"),
    [
        ("Acme Robotics, Inc. (NASDAQ: ACME) (the “Company”) opened it.", "Acme Robotics, Inc. (NASDAQ: ACME) opened it."),
        ('Acme Robotics ("Acme" or the "Company") opened it.', "Acme Robotics opened it."),
        ("Die Acme Robotik GmbH („Acme“) eröffnete es.", "Die Acme Robotik GmbH eröffnete es."),
        ("Acme S.A. (la «Société») l'a ouvert.", "Acme S.A. l'a ouvert."),
        ("Acme, a maker of robots at https://acme.example/, opened it.", "Acme, a maker of robots, opened it."),
        ("The address, https://acme.example/new, is live.", "The address is live."),
        ("The Arts Institute (artsinstitute.org) opened it.", "The Arts Institute opened it."),
        ("The plant (the second in Reno) opened.", "The plant (the second in Reno) opened."),
        ("Sales have risen since March 2023.1", "Sales have risen since March 2023."),
        ("Sales rose by 2.1", "Sales rose by 2.1"),
        ("Sales have risen since December 31, 2023.12", "Sales have risen since December 31, 2023."),
        ("Sales have risen in all countries.4", "Sales have risen in all countries."),
        ("Gold closed at 2024.15", "Gold closed at 2024.15"),
        ("They follow from Regulation No.12", "They follow from Regulation No.12"),
        ("Sales rose again [3].", "Sales rose again."),
    ],
)  # fmt: skip
def test_brackets_for_lawyers_and_browsers_and_footnotes_are_taken_out(sentence: str, left: str) -> None:
    assert strip_asides(sentence) == left


@pytest.mark.parametrize("name", ["XT.COM", "Bit.Store"])
def test_a_name_with_a_full_stop_inside_is_not_torn(name: str) -> None:
    text = f"{name}, a maker of tokens, lists a new one."
    assert sentences(text, "en") == [text]


def test_a_sentence_without_a_space_behind_its_end_still_ends() -> None:
    assert sentences("Acme moved to Arizona.The firm is old.", "en") == [
        "Acme moved to Arizona.",
        "The firm is old.",
    ]


def test_a_mark_that_opens_a_quotation_belongs_to_the_sentence_behind_it() -> None:
    found = sentences('It rained all day long. "The Reno Plan" was read to nobody at all.', "en")
    assert found == ["It rained all day long.", '"The Reno Plan" was read to nobody at all.']
    torn = 'He wrote "The Reno Plan. It is long. "The Reno Plan" is read by all.'
    assert sentences(torn, "en") == [
        'He wrote "The Reno Plan.',
        "It is long.",
        '"The Reno Plan" is read by all.',
    ]


def test_the_lead_is_the_block_with_the_dateline_and_not_the_subtitle_before_it() -> None:
    subtitle = "The new plant doubles what Acme Robotics can build for hospitals and libraries in a year."
    told = made(f"{subtitle}\n{ARTICLE}")
    assert shown(told).startswith(LEAD)


@pytest.mark.parametrize(
    "worse",
    [
        "However, Acme Robotics opens a robot plant in Reno only if the road is built, it says.",
        "She has led Acme Robotics since it opened its first robot plant in Reno nine years ago.",
        "Jedoch eröffnet Acme Robotics a robot plant in Reno only if the road is built, it says.",
    ],
)
def test_a_description_does_not_begin_with_what_hangs_on_a_sentence_that_is_not_there(worse: str) -> None:
    told = made("\n".join([LEAD, SECOND, worse, THIRD, FOURTH]))
    assert worse not in told.description
    assert worse not in shown(told)


@pytest.mark.parametrize(
    "worse",
    [
        "Robot Plant in Reno Opens With Great Ceremony Acme Robotics builds robots there from today on.",
        "Greater Robot Plants for RenoAcme Robotics builds robots in the plant there from today on.",
        "Robot Plant in Reno: Acme Robotics builds four thousand robots a year in the new plant.",
        "Join Acme Robotics as it opens its robot plant in Reno with music and with food for all.",
        "“Acme Robotics opens a robot plant in Reno because robots are what hospitals need today.”",
        "We at Acme Robotics open a robot plant in Reno because robots are what you need today.",
        "“Acme Robotics opens a robot plant in Reno, and everybody in the state is glad of it.",
    ],
)
def test_headings_labels_calls_and_bare_quotations_weigh_less_than_plain_statements(worse: str) -> None:
    plain = "Acme Robotics opens a robot plant in Reno and builds four thousand robots there from today on."
    first, second = ranking.ranked([plain], plain, TITLE)[0], ranking.ranked([worse], worse, TITLE)[0]
    assert first.score > second.score + 0.4


def test_where_little_is_left_summary_and_description_have_one_statement_each() -> None:
    follows = "It is the first of its kind, and nobody else in the state of Nevada has built one like it."
    told = made(f"{LEAD} {SECOND} {follows}")
    assert (shown(told), told.description) == (LEAD, f"{SECOND} {follows}")


def test_a_sentence_with_an_address_of_the_web_is_never_shown() -> None:
    worse = "Acme Robotics shows its robot plant in Reno at https://acme.example/plant and nowhere else."
    told = made("\n".join([worse, LEAD, SECOND]))
    assert "https" not in told.summary + told.description


SPOKEN = {
    "de": (
        "NORDHAFEN, 3. März 2025 (ots) – Die Laternenfeld GmbH eröffnet heute in Nordhafen ihr zweites Werk für Leselampen. "
        "Dort arbeiten 200 Menschen an 14 Linien, die eigener Strom vom Dach versorgt.",
        "Nordhafen gab den Boden für das Werk der Laternenfeld GmbH, und das Land baut eine neue Straße dorthin.",
        "Über Laternenfeld:", "Laternenfeld eröffnet zweites Werk in Nordhafen",
    ),
    "fr": (
        "PORT-NORD, le 3 mars 2025 – Champ-Lanterne SA ouvre aujourd'hui à Port-Nord sa deuxième usine de lampes de lecture. "
        "L'usine emploie 200 personnes sur 14 lignes alimentées par son propre toit.",
        "Port-Nord a donné le terrain de l'usine de Champ-Lanterne, et la région construit une nouvelle route.",
        "À propos de Champ-Lanterne :", "Champ-Lanterne ouvre une deuxième usine à Port-Nord",
    ),
    "es": (
        "PUERTO NORTE, 3 de marzo de 2025 – Campolinterna S.A. abre hoy en Puerto Norte su segunda fábrica de lámparas de lectura. "
        "La fábrica emplea a 200 personas en 14 líneas que alimenta su propio techo.",
        "Puerto Norte cedió el terreno de la fábrica de Campolinterna y la región construye una carretera nueva.",
        "Acerca de Campolinterna:", "Campolinterna abre su segunda fábrica en Puerto Norte",
    ),
    "pt": (
        "PORTO NORTE, 3 de março de 2025 – A Campo Lanterna S.A. abre hoje em Porto Norte a sua segunda fábrica de lâmpadas de leitura. "
        "A fábrica emprega 200 pessoas em 14 linhas alimentadas pelo próprio telhado.",
        "Porto Norte cedeu o terreno da fábrica da Campo Lanterna e a região constrói uma nova estrada.",
        "Sobre a Campo Lanterna:", "Campo Lanterna abre segunda fábrica em Porto Norte",
    ),
    "ja": (
        "【北港、2025年3月3日】灯野電機株式会社は本日、読書灯を生産する第二工場を北港市に開設した。工場では二百人が十四の生産ラインで働き、電力は屋根の太陽光でまかなう。",
        "北港市は灯野電機の工場に土地を提供し、県は新しい道路を建設する。", "灯野電機について", "灯野電機、北港市に第二工場を開設",
    ),
    "zh": (
        "北港，2025年3月3日 /美通社/ -- 灯野电机今日在北港市开设第二家阅读灯工厂。工厂有二百名员工，在十四条生产线上工作，用电来自屋顶的太阳能。",
        "北港市为灯野电机的工厂提供了土地，省里将修建一条新公路。", "关于灯野电机", "灯野电机在北港市开设第二家工厂",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", SPOKEN)
def test_in_each_language_of_the_wires_summary_and_description_are_whole_prose_without_dateline_and_about(
    language: str,
) -> None:
    lead, more, about, title = SPOKEN[language]
    closing = lead.rpartition(" – ")[2].replace("2", "9")
    told = made(f"{lead}\n{more}\n{about}\n{closing}", title=title, language=language)
    for text in (shown(told), told.description):
        assert prose.is_whole(text)
        assert "2025" not in text
        assert all(sentence in lead + more for sentence in sentences(text, language))
    assert shown(told) != told.description


def test_what_hangs_describes_an_article_that_says_nothing_else() -> None:
    long = LEAD.replace(
        "grocers.", "grocers, and that employs two hundred and fifty people from the whole of the state."
    )
    follows = "It runs on power from its own roof, which holds nine thousand panels of the newest kind."
    told = made(f"{long} {follows}")
    assert (shown(told), told.description) == (long, follows)


def test_a_quotation_that_goes_on_elsewhere_is_not_shown_while_anything_else_is() -> None:
    torn = "“Acme Robotics opens a robot plant in Reno, and everybody in the state is glad of it."
    told = made("\n".join([LEAD, torn, SECOND, THIRD, FOURTH]))
    assert torn not in shown(told) + told.description


@pytest.mark.parametrize(
    "text", ["It opens at 9 a.m. EST in Reno.", "Acme No. 5 was sold by Mr. Roe of Acme Co. today."]
)
def test_what_the_segmenter_cuts_inside_a_sentence_is_joined(text: str) -> None:
    assert sentences(text, "en") == [text]
