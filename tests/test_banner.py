"""Topics by keywords, images by seed, and the banners the project draws itself."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler import config
from crawler.banner import art as banner_art
from crawler.banner import choose, image_url
from crawler.config import BannersConfig, Topic

ROOT = Path(__file__).resolve().parents[1]
DRAWN = ROOT / "config" / "hugo" / "static" / "banners"

SMALL = BannersConfig(
    fallback="rest",
    topics=(
        Topic(name="space", keywords={"rocket": 1, "outer space": 2, "宇宙": 2}, images=("s1", "s2", "s3")),
        Topic(name="sea", keywords={"ship": 1, "Deep Sea": 2, "!?": 9}, images=("w1",)),
        Topic(name="rest", images=("r1", "r2")),
    ),
)


def topic(title: str = "", text: str = "", categories: tuple[str, ...] = ()) -> str:
    return choose(title, text, categories, "seed", SMALL)[0]


@pytest.fixture(scope="module")
def banners(tmp_path_factory: pytest.TempPathFactory) -> BannersConfig:
    main = tmp_path_factory.mktemp("config") / "crawler.toml"
    main.write_text(f"include = ['{ROOT / 'config' / 'banners.toml'}']\n", encoding="utf-8")
    return config.load(main).banners


def test_a_keyword_in_the_title_decides() -> None:
    assert topic("Acme Launches Rocket") == "space"


def test_keywords_match_whole_words_only() -> None:
    assert topic("Acme Launches Rocketry and Friendship") == "rest"


def test_a_keyword_of_two_words_matches_them_in_a_row() -> None:
    assert topic("Into the DEEP   sea") == "sea"
    assert topic("Deep in the sea") == "rest"
    assert topic("The sea is deep") == "rest"


def test_a_keyword_without_spaces_around_it_matches_in_scripts_that_have_none() -> None:
    assert topic("アクメの宇宙船") == "space"
    assert topic("アクメの船") == "rest"


def test_one_mention_in_the_text_is_no_topic_but_two_are() -> None:
    assert topic(text="A ship came.") == "rest"
    assert topic(text="A ship came. The ship left.") == "sea"


def test_many_mentions_count_as_three() -> None:
    assert topic("Rocket and rocket", text="ship " * 50) == "space"


def test_categories_count_more_than_the_text_and_do_not_run_into_each_other() -> None:
    assert topic(text="rocket", categories=("Ship",)) == "sea"
    assert topic(categories=("deep", "sea")) == "rest"


def test_the_topic_configured_first_wins_a_tie() -> None:
    assert topic("Rocket ship") == "space"


def test_only_the_top_of_the_text_is_read() -> None:
    assert topic(text="x" * 3000 + " ship ship ship") == "rest"


def test_the_same_seed_gives_the_same_image_and_different_seeds_use_them_all() -> None:
    images = {choose("Rocket", "", (), f"item {n}", SMALL)[1] for n in range(60)}
    assert images == {"s1", "s2", "s3"}
    assert len({choose("Rocket", "", (), "item 7", SMALL) for _ in range(5)}) == 1


def test_an_image_stays_when_keywords_change() -> None:
    changed = SMALL.model_copy(
        update={"topics": (SMALL.topics[0].model_copy(update={"keywords": {"rocket": 5}}),)}
    )
    changed = changed.model_copy(update={"fallback": "space"})
    assert choose("Rocket", "", (), "item", changed) == choose("Rocket", "", (), "item", SMALL)


def test_without_topics_there_is_no_image() -> None:
    assert choose("Rocket", "", (), "seed", BannersConfig()) == ("business", "")


@given(st.text(), st.text(), st.lists(st.text(), max_size=3), st.text())
def test_any_text_gets_a_configured_image(title: str, text: str, categories: list[str], seed: str) -> None:
    name, image = choose(title, text, categories, seed, SMALL)
    assert image in {topic.name: topic.images for topic in SMALL.topics}[name]


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ("a-1.svg", "https://cdn.example/banners/a-1.svg"),
        ("https://img.example/a.jpg", "https://img.example/a.jpg"),
        ("HTTP://img.example/a.jpg", "HTTP://img.example/a.jpg"),
        ("", ""),
    ],
)
def test_names_stand_below_banners_and_addresses_stay(image: str, address: str) -> None:
    assert image_url(image, "https://cdn.example/") == address


# --------------------------------------------------------------------------- the project's own banners


def test_the_projects_banners_load_and_cover_the_fields_of_the_news(banners: BannersConfig) -> None:
    assert len(banners.topics) >= 12
    assert banners.fallback == "business"
    assert all(len(topic.images) == 3 for topic in banners.topics)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Acme Robotics Unveils AI Chip for Warehouse Robots", "frontier-tech"),
        ("BetaBio Doses First Patient in Phase 2 Clinical Trial", "biotech"),
        ("Reno Hospital Opens Telehealth Clinic", "health"),
        ("Acme Bancorp Declares Dividend and Reports Earnings", "finance"),
        ("Solar Farm and Energy Storage Come Online in Nevada", "energy"),
        ("Drill Results Show Gold and Copper Mineralization", "mining"),
        ("Bitcoin and Ethereum Tokens Listed by New DeFi Exchange", "crypto"),
        ("Apartments and Housing Planned by Real Estate Group", "real-estate"),
        ("New Skincare and Jewelry Line in Stores", "consumer"),
        ("Filmmaker Releases Movie and Podcast", "media"),
        ("Basketball Tournament Draws Athletes", "sports"),
        ("Scholarships for Students of Reno Charter School", "education"),
        ("Senate Passes Legislation, Governor Signs", "government"),
        ("Airline Orders Aircraft for Freight Flights", "transport"),
        ("Restaurant Adds Seafood to its Menu", "food"),
        ("Acme Names New Head", "business"),
        ("Acme eröffnet Krankenhaus für Patienten", "health"),
        ("La minería de cobre y litio crece", "mining"),
        ("L'intelligence artificielle d'Acme", "frontier-tech"),
        ("アクメ、人工知能ロボットを発表", "frontier-tech"),
    ],
)
def test_headlines_of_each_field_find_their_topic(title: str, expected: str, banners: BannersConfig) -> None:
    assert choose(title, "", (), "seed", banners)[0] == expected


def test_every_image_named_is_drawn_and_every_drawing_is_named(banners: BannersConfig) -> None:
    named = {image for topic in banners.topics for image in topic.images}
    assert named == {path.name for path in DRAWN.iterdir()} == set(banner_art.all_banners())


def test_drawing_again_gives_the_same_bytes_as_the_files() -> None:
    for name, drawing in banner_art.all_banners().items():
        assert (DRAWN / name).read_bytes() == drawing.encode(), f"{name}: run scripts/draw-banners"


def test_every_drawing_is_small_wellformed_and_of_the_size_of_a_card() -> None:
    for name, drawing in banner_art.all_banners().items():
        root = ElementTree.fromstring(drawing)
        assert root.get("viewBox") == "0 0 1200 630", name
        assert len(drawing.encode()) < 4000, name


def test_no_two_banners_are_alike() -> None:
    drawings = banner_art.all_banners()
    assert len(set(drawings.values())) == len(drawings) == 48


def test_a_topic_without_a_motif_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        banner_art.draw("astrology", 1)


def test_the_file_of_banners_repeats_no_keyword_within_a_topic() -> None:
    file = ROOT / "config" / "banners.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))  # TOML forbids a key given twice
    assert {weight for topic in table["banners"]["topics"] for weight in topic["keywords"].values()} <= {
        number / 10 for number in range(1, 31)
    }


def test_choosing_is_fast_with_every_keyword_configured(banners: BannersConfig) -> None:
    text = "Acme Robotics opened a plant in Reno that builds robots for hospitals. " * 60
    choose("Acme", text, (), "seed", banners)
    started = time.process_time()
    for _ in range(100):
        choose("Acme", text, (), "seed", banners)
    assert (time.process_time() - started) / 100 < 0.002
