"""Charts: every number is where it belongs, whoever can not see it is told, and nothing leaves the picture."""

import pytest
from lxml import etree
from markupsafe import Markup

from service import charts
from service.charts import Bar

SVG = "{http://www.w3.org/2000/svg}"
PARTS = ["当场答复", "转交办理", "不予受理"]
ROWS = [Bar("虎山村", (9, 20, 0)), Bar("一个名字长得放不下的社区代表工作站", (3, 1, 2)), Bar("没有来访", (0, 0, 0))]


def drawn(picture: Markup) -> etree._Element:
    return etree.fromstring(str(picture))


def blocks(root: etree._Element) -> list[tuple[float, float, float, float]]:
    """Place and size of every bar and legend sign; patterns are not drawn by themselves."""
    return [
        tuple(float(rect.get(name)) for name in ("x", "y", "width", "height"))  # type: ignore[misc]
        for rect in root.iter(f"{SVG}rect")
        if rect.getparent().tag != f"{SVG}pattern"
    ]


def words(root: etree._Element) -> list[str]:
    return [text.text or "" for text in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    "picture",
    [
        charts.bars("a", "各站来访", ROWS, PARTS),
        charts.columns("a", "各站来访", ROWS, PARTS),
        charts.share("a", "评价", [("满意", 43), ("基本满意", 10), ("不满意", 1), ("联系不上", 0)]),
    ],
)
def test_a_chart_stays_in_its_frame_and_names_itself(picture: Markup) -> None:
    root = drawn(picture)
    _, _, width, height = (float(part) for part in root.get("viewBox").split())
    for x, y, wide, high in blocks(root):
        assert x >= 0
        assert y >= 0
        assert x + wide <= width + 0.1
        assert y + high <= height + 0.1
    assert root.get("role") == "img"
    named = {element.get("id") for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert set(root.get("aria-labelledby").split()) == named
    assert "style" not in {name for element in root.iter() for name in element.attrib}


def test_bars_are_as_long_as_their_numbers() -> None:
    root = drawn(charts.bars("a", "各站", [Bar("甲", (10,)), Bar("乙", (5,)), Bar("丙", (0,))], ["来访"]))
    first, second = (width for _, _, width, _ in blocks(root))
    assert first == pytest.approx(2 * second, abs=0.2)
    assert words(root) == ["甲", "10", "乙", "5", "丙", "0"]


def test_columns_are_as_high_as_their_numbers() -> None:
    root = drawn(charts.columns("a", "各月", [Bar("1月", (4, 8, 0)), Bar("2月", (0, 0, 6))], PARTS))
    columns = [height for _, _, width, height in blocks(root) if width > 20]
    assert columns == [pytest.approx(50, abs=0.2), pytest.approx(100, abs=0.2), pytest.approx(75, abs=0.2)]
    assert [word for word in words(root) if word.isdigit()] == ["12", "6"]


def test_shares_add_up_to_the_whole_width() -> None:
    root = drawn(charts.share("a", "评价", [("满意", 3), ("不满意", 1)]))
    assert sum(width for _, _, width, height in blocks(root) if height > 20) == pytest.approx(charts.WIDTH, abs=0.2)
    assert {"75.0%", "25.0%"} <= set(words(root))


@pytest.mark.parametrize("draw", [charts.bars, charts.columns])
@pytest.mark.parametrize("rows", [[], [Bar("甲", (0, 0, 0))]])
def test_nothing_to_show_is_drawn_without_a_fault(draw: object, rows: list[Bar]) -> None:
    assert callable(draw)
    assert not [size for _, _, *size in blocks(drawn(draw("a", "空", rows, PARTS))) if size[0] > 20]


def test_what_somebody_typed_is_text() -> None:
    hostile = '</text><script>alert(1)</script>"&\x00'
    picture = charts.bars("a", hostile, [Bar(hostile, (1,))], [hostile])
    root = drawn(picture)
    assert not list(root.iter(f"{SVG}script"))
    assert words(root)[0].startswith("</text>")
    assert "<script" not in picture


def test_a_radar_puts_every_side_at_its_share_of_the_greatest() -> None:
    rows = [Bar("甲", (10, 5)), Bar("乙", (2.5, 10)), Bar("丙", (0, 0)), Bar("丁", (5, 5))]
    root = drawn(charts.radar("a", "六个方面", rows, ["本人", "人均"]))
    own = [
        [tuple(float(part) for part in corner.split(",")) for corner in shape.get("points").split()]
        for shape in root.iter(f"{SVG}polygon")
    ][-1]
    centre = own[2]
    assert centre[1] - own[0][1] == pytest.approx(4 * (own[1][0] - centre[0]), abs=0.3)
    assert centre[0] - own[3][0] == pytest.approx(2 * (own[1][0] - centre[0]), abs=0.3)
    assert [word for word in words(root) if word not in ("本人", "人均")] == ["甲 10", "乙 2.5", "丙 0", "丁 5"]
    _, _, width, height = (float(part) for part in root.get("viewBox").split())
    for shape in root.iter(f"{SVG}polygon"):
        for corner in shape.get("points").split():
            x, y = (float(part) for part in corner.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_a_radar_needs_three_sides() -> None:
    with pytest.raises(ValueError, match="three"):
        charts.radar("a", "两个方面", ROWS[:2], PARTS)
