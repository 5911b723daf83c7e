"""The libraries of explorers are one script of bearable size."""

import pytest
import self_contained_pages
from self_contained_pages import BUNDLED, bundle_libraries, use_own_libraries
from sphinx.errors import ExtensionError

LARGEST = 800_000  # bytes; html-manager with RequireJS had 2,500,000


@pytest.mark.skipif(
    not all(package.is_dir() for package in BUNDLED),
    reason="NOT CHECKED: the front-end libraries are missing; run `make book` first",
)
def test_libraries_are_one_script(tmp_path):
    bundle_libraries(tmp_path / "explorers.js")
    script = (tmp_path / "explorers.js").read_text(encoding="utf-8")
    assert 100_000 < len(script) < LARGEST
    for name in ("IntSliderModel", "AnyModel", "explorerManager"):
        assert name in script
    assert "https://cdn" not in script
    styles = (tmp_path / "explorers.css").read_text(encoding="utf-8")
    assert ".widget-hslider" in styles
    assert "@import" not in styles


def test_missing_libraries_stop_the_build(monkeypatch, tmp_path):
    monkeypatch.setattr(self_contained_pages, "BUNDLED", [tmp_path / "absent"])
    with pytest.raises(ExtensionError, match="absent is missing: build the book with `make book`"):
        use_own_libraries(None, None)
