"""Sources can be found: each has a DOI, or is known to have none."""

import re

import pytest
from pybtex.database import parse_file
from repository import ROOT

ENTRIES = parse_file(ROOT / "book" / "references.bib").entries

#: Books with an ISBN or a site of their own, reports, tutorials, and the journal JMLR, which gives no DOIs.
WITHOUT_DOI = {
    "jordan2024muon",
    "krizhevsky2009",
    "chollet2021",
    "tensorflow-cnn",
    "tensorflow-transfer",
    "keras-transfer",
    "zhang2023",
    "goodfellow2016",
    "gonzalez2018",
    "smith1995",
    "poynton",
    "biscione2021",
    "srivastava2014",
}


def test_every_source_has_a_doi_or_is_known_to_have_none():
    assert {key for key, entry in ENTRIES.items() if "doi" not in entry.fields} == WITHOUT_DOI


@pytest.mark.parametrize("key", ENTRIES)
def test_source_can_be_found(key):
    fields = ENTRIES[key].fields
    assert {"doi", "url", "isbn"} & set(fields)
    if "doi" in fields:
        assert re.fullmatch(r"10\.\d{4,5}/\S+", fields["doi"])
    if fields.get("doi", "").startswith("10.48550/"):
        # A preprint's DOI and its address name the same preprint.
        assert fields["doi"].removeprefix("10.48550/arXiv.") == fields["url"].rpartition("/")[2]


def test_no_doi_twice():
    names = [entry.fields["doi"].lower() for entry in ENTRIES.values() if "doi" in entry.fields]
    assert len(names) == len(set(names))
