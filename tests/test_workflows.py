"""The workflows run what the Makefile has, with pinned actions and no more rights than they need."""

import re

import pytest
import yaml
from repository import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))


def steps(workflow):
    """Return all steps of all jobs of a workflow."""
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def faults(text):
    """Return what is wrong with a workflow, in words."""
    workflow = yaml.safe_load(text)
    found = []
    if workflow.get("permissions") != {"contents": "read"}:
        found.append("all jobs but those that say so may only read")
    found += [
        f"job {name} has no timeout" for name, job in workflow["jobs"].items() if "timeout-minutes" not in job
    ]
    for action in re.findall(r"uses: (.*)", text):
        if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action):
            found.append(f"{action} is not pinned to a commit, with its version beside it")
    for step in steps(workflow):
        for targets in re.findall(r"(?m)^make (.*)$", step.get("run", "")):
            found += [f"make {target} does not exist" for target in targets.split() if target not in TARGETS]
        if "checkout" in step.get("uses", "") and step["with"].get("persist-credentials") is not False:
            found.append("a checkout leaves its token behind")
    return found


def test_there_are_workflows():
    assert {path.stem for path in WORKFLOWS} == {"monthly", "publish", "test"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow(path):
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("contents: read", "contents: write"),
        ("@d6db90164ac5ed86f2b6aed7e0febac5b3c0c03e # v4.0.5", "@v4"),
        ("make book", "make boook"),
        ("timeout-minutes: 10", "name: deploy"),
        ("persist-credentials: false", "persist-credentials: true"),
    ],
)
def test_fault_is_found(before, after):
    text = (ROOT / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8")
    assert before in text
    assert len(faults(text.replace(before, after, 1))) == 1
