"""The check of a built site finds every kind of fault, and none in a sound one."""

import pytest

from hpo.errors import MissingInput
from reports.check import check_site

SOUND = (
    '<!doctype html><html><head><title>t</title><link rel="stylesheet" href="a.css"></head><body>'
    '<h1 id="top">t</h1><a href="#top">up</a><a href="sub/index.html#x">x</a><a href="sub/">sub</a>'
    '<a href="https://example.org/">out</a><img src="a.svg#only-light" alt="a line"><script src="a.js"></script>'
    "</body></html>"
)


@pytest.fixture
def site(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(SOUND)
    (tmp_path / "sub" / "index.html").write_text(
        '<html><head><title>s</title></head><body><p id="x">x</p><a href="../index.html#top">home</a></body></html>'
    )
    (tmp_path / "a.css").write_text("a { background: url(a.svg) }")
    (tmp_path / "a.js").write_text("")
    (tmp_path / "a.svg").write_text("<svg/>")
    return tmp_path


def test_a_sound_site_has_no_fault(site):
    assert check_site(site) == []


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ('<a href="gone.html">x</a>', "index.html: leads nowhere: gone.html"),
        ('<a href="sub/index.html#gone">x</a>', "index.html: no such anchor: sub/index.html#gone"),
        ('<a href="#gone">x</a>', "index.html: no such anchor: #gone"),
        ('<a href="/sub/index.html">x</a>', "index.html: address works only at the root of a server: /sub/index.html"),
        ('<a href="../outside.html">x</a>', "index.html: address leads out of the site: ../outside.html"),
        (
            '<a href="javascript:alert(1)">x</a>',
            "index.html: link with an address of an unknown kind: javascript:alert(1)",
        ),
        ('<a href="//example.org/">x</a>', "index.html: link with an address of an unknown kind: //example.org/"),
        ('<img src="gone.png" alt="x">', "index.html: leads nowhere: gone.png"),
        ('<img src="a.svg">', "index.html: image a.svg has no alternative text"),
        ('<img src="a.svg" alt=" ">', "index.html: image a.svg has no alternative text"),
        (
            '<img src="https://example.org/x.png" alt="x">',
            "index.html: <img> requests another host: https://example.org/x.png",
        ),
        (
            '<script src="//cdn.example/x.js"></script>',
            "index.html: <script> requests another host: //cdn.example/x.js",
        ),
        ('<img srcset="a.svg 1x, b.svg 2x" src="a.svg" alt="x">', "index.html: leads nowhere: b.svg"),
        (
            '<link rel="preconnect" href="https://fonts.example">',
            "index.html: <link> requests another host: https://fonts.example",
        ),
        ('<p id="top">x</p>', "index.html: id top occurs twice"),
    ],
)
def test_each_fault_is_found(site, planted, fault):
    (site / "index.html").write_text(SOUND.replace("</body>", planted + "</body>"))
    assert check_site(site) == [fault]


def test_a_page_without_a_title_is_found(site):
    (site / "index.html").write_text(SOUND.replace("<title>t</title>", ""))
    assert check_site(site) == ["index.html: page has no title"]


@pytest.mark.parametrize(
    "style", ['@import "https://example.org/x.css";', "a { background: url('https://example.org/x') }"]
)
def test_requests_of_style_sheets_are_found(site, style):
    (site / "a.css").write_text(style)
    (fault,) = check_site(site)
    assert fault.startswith("a.css: style sheet")


def test_no_site_is_an_error(tmp_path):
    with pytest.raises(MissingInput, match="no site there"):
        check_site(tmp_path)
