"""Papers: text that can be read back, nothing from outside, faults that say where they are."""

import io
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader

from infra.adapters.pdf import BadTemplate, render


def template(folder: Path, source: str, name: str = "letter.typ") -> Path:
    path = folder / name
    path.write_text(source)
    return path


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def fonts_of(pdf: bytes) -> set[str]:
    fonts = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"].values()
    return {font.get_object()["/BaseFont"].split("+")[1] for font in fonts}


def test_what_goes_in_as_data_can_be_read_in_the_paper(tmp_path: Path) -> None:
    paper = template(
        tmp_path,
        '#import "paper.typ": paper, rows, figures\n#let data = json("data.json")\n'
        "#show: paper.with(title: data.title, lang: data.language)\n= #data.title\n"
        "#rows(columns: (1fr, auto), head: data.head, body: data.lines, numeric: (1,))\n#figures(data.sums)",
    )
    name = 'ООО «Ромашка» #strong[x] $a$ "\\ @preview'
    pdf = render(
        paper,
        {
            "title": "Счёт № 12",
            "language": "ru",
            "head": ["Услуга", "Сумма"],
            "lines": [[name, "1 990,00 ₽"], ["Łódź · Nguyễn · €", "0,72 ₽"]],
            "sums": [["Итого", "1 990,72 ₽"]],
        },
    )

    text = text_of(pdf)
    assert "Счёт № 12" in text
    assert name in text
    assert "Łódź · Nguyễn · €" in text
    assert "1 990,72 ₽" in text
    assert {name.split("-")[0] for name in fonts_of(pdf)} == {"Roboto"}


def test_a_paper_shows_a_picture_and_imports_its_neighbour(tmp_path: Path) -> None:
    template(tmp_path, "#let greeting = [Good day]", "words.typ")
    paper = template(tmp_path, '#import "words.typ": greeting\n#greeting\n#image("logo.png", width: 2cm)')
    logo = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(logo, "PNG")

    pdf = render(paper, {}, files={"logo.png": logo.getvalue()})

    assert text_of(pdf).strip() == "Good day"
    assert [image.image.size for image in PdfReader(io.BytesIO(pdf)).pages[0].images if image.image] == [(8, 8)]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("#let x = \n#foo((", "letter.typ:.*expected expression"),
        ('#json("data.json").missing', "missing"),
        ('#import "@preview/tablex:0.0.8": *', "without the network"),
        ('#read("/etc/passwd")', "not found"),
        ('#read("../../../../../etc/passwd")', "escape"),
    ],
)
def test_a_template_that_cannot_work_says_why(tmp_path: Path, source: str, why: str) -> None:
    with pytest.raises(BadTemplate, match=r"(?s)" + why):
        render(template(tmp_path, source), {})


@pytest.mark.parametrize("name", ["../logo.png", "/logo.png", "paper.typ", ""])
def test_a_file_keeps_to_its_place(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadTemplate, match="plain relative name"):
        render(template(tmp_path, "x"), {}, files={name: b""})


def test_no_template_no_paper(tmp_path: Path) -> None:
    with pytest.raises(BadTemplate, match=r"no template letter\.typ"):
        render(tmp_path / "letter.typ", {})
