"""Write what grading found: a CSV file, feedback for each student, a summary with a histogram, and JSON."""

import csv
import hashlib
import io
import itertools
import json
import os
import re
import statistics
import unicodedata
from collections import Counter
from pathlib import Path

import jinja2

from dcv_grader.checks import describe

OUTCOMES = ("right", "partly right", "wrong", "not attempted", "lost")
BARS = 10
WIDTH, HEIGHT, FLOOR, TOP = 560, 240, 190, 24  # of the histogram, in pixels
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute what begins with these


def file_name(student):
    """Return a name for a student's files, which leads nowhere else and which no other student has.

    Examples
    --------
    >>> file_name("Ada Lovelace")
    'Ada Lovelace'
    >>> file_name("../Ada")[:4]
    'Ada-'
    """
    safe = re.sub(r"[^\w. ()-]|^[.-]+", "", unicodedata.normalize("NFC", student))[:80].strip(".- ")
    if safe and safe == student:
        return safe
    return f"{safe}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def write_whole(path, text):
    """Write a file in one step: who reads meanwhile sees the old one or the new one."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    # Half a surrogate pair is text for Python, and for no encoding; a student's error message may hold it.
    partial.write_text(text, encoding="utf-8", errors="backslashreplace")
    os.replace(partial, path)


def write_reports(results, spec, folder, *, hide_hidden=False):
    """Write everything that is made from the results.

    Parameters
    ----------
    results : list of dict
        As `Grader.grade` returns them, in the order of the rows.
    spec : dict
        The content of the judge file.
    folder : path-like
    hide_hidden : bool
        Whether feedback keeps to itself what hidden tests called and expected.
    """
    folder = Path(folder)
    environment = _environment()
    common = {"assignment": spec["assignment"], "hide_hidden": hide_hidden}
    for result in results:
        for kind in ("md", "html"):
            text = environment.get_template(f"feedback.{kind}.j2").render(result=result, **common)
            text = re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"
            write_whole(folder / "feedback" / f"{file_name(result['student'])}.{kind}", text)
    write_whole(folder / "grades.csv", grades_csv(results, spec))
    write_whole(folder / "grades.json", json.dumps(_all(results, spec), indent=1, ensure_ascii=False) + "\n")
    facts = _summary(results, spec)
    write_whole(folder / "histogram.svg", environment.get_template("histogram.svg.j2").render(facts))
    write_whole(folder / "summary.html", environment.get_template("summary.html.j2").render(facts))


def grades_csv(results, spec):
    """Return the table of grades: a row for each student, points for each question, total, notes."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    names = [question["name"] for question in spec["questions"]]
    whole = [sum(question["points"].values()) for question in spec["questions"]]
    titles = [f"{name} (of {points(most)})" for name, most in zip(names, whole, strict=True)]
    writer.writerow(["student", *titles, f"total (of {points(sum(whole))})", "late", "file", "notes"])
    for result in results:
        earned = {question["name"]: question["earned"] for question in result["questions"]}
        row = [result["student"], *(points(earned[name]) for name in names), points(result["earned"])]
        row += ["late" if result["is_late"] else "", result["file"], "; ".join(remarks(result))]
        writer.writerow([_unarmed(cell) for cell in row])
    return file.getvalue()


def remarks(result):
    """Return what an instructor should know of a result besides its points."""
    found = [result["problem"]] if result["problem"] else []
    found += result["notes"]
    if not result["problem"]:
        found += [f"{q['name']}: {q['lost']}" for q in result["questions"] if q["lost"]]
    return [_one_line(text) for text in found]


def points(number):
    """Return points as they are read: at most two decimals, none where there are none."""
    return f"{round(number, 2):g}"


def _unarmed(text):
    return "'" + text if text.startswith(FORMULA) and not re.fullmatch(r"-?[\d.]+", text) else text


def _one_line(text):
    return re.sub(r"\s+", " ", "".join(c if c.isprintable() else " " for c in str(text))).strip()[:500]


def _plain(text):
    """Return text for a line of Markdown: what a student wrote must not format the page, or be HTML."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", _one_line(text))


def _marked(text):
    """Return a sentence of ours, which holds a little Markdown, as HTML."""
    text = str(jinja2.utils.markupsafe.escape(text))
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    return jinja2.utils.markupsafe.Markup(re.sub(r"\$([^$]+)\$", r"<i>\1</i>", text))


def _fenced(text):
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _described(result):
    """Return call, expected and got, without the title, which stands above."""
    shown = {key: str(result[key])[:2000] for key in ("call", "expected", "got")}
    return describe({"title": "", **shown}).partition("\n")[2]


def _environment():
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dcv_grader"),
        autoescape=lambda name: ".md" not in name,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        plain=_plain, marked=_marked, fenced=_fenced, described=_described, points=points
    )
    style, _, _ = environment.loader.get_source(environment, "style.css")
    environment.globals["style"] = jinja2.utils.markupsafe.Markup(style)
    return environment


def _all(results, spec):
    return {
        "assignment": spec["assignment"],
        "points": {q["name"]: sum(q["points"].values()) for q in spec["questions"]},
        "students": results,
    }


def _summary(results, spec):
    """Return all that the summary shows."""
    totals = [result["earned"] for result in results]
    whole = sum(sum(question["points"].values()) for question in spec["questions"])
    questions, mistakes = [], Counter()
    for place, question in enumerate(spec["questions"]):
        answers = [result["questions"][place] for result in results]
        mistakes.update((question["name"], sentence) for answer in answers for sentence in answer["mistakes"])
        counts = Counter(answer["outcome"] for answer in answers)
        mean = statistics.fmean(answer["earned"] for answer in answers) if answers else 0
        most = sum(question["points"].values())
        questions.append({"name": question["name"], "points": most, "mean": mean, "counts": counts})
    counts = _counts(totals, whole)
    text = "; ".join(f"{count} students {label} points" for label, count in counts if count) or "no students"
    return {
        "assignment": spec["assignment"],
        "results": results,
        "points": whole,
        "median": statistics.median(totals) if totals else 0,
        "mean": statistics.fmean(totals) if totals else 0,
        "lowest": min(totals, default=0),
        "highest": max(totals, default=0),
        "questions": questions,
        "outcomes": OUTCOMES,
        "mistakes": [(name, sentence, count) for (name, sentence), count in mistakes.most_common()],
        "remarks": [(result["student"], remark) for result in results for remark in remarks(result)],
        "bars": _bars(counts),
        "histogram_text": f"Histogram: {text}.",
        "width": WIDTH,
        "height": HEIGHT,
        "floor": FLOOR,
    }


def _counts(totals, whole):
    """Return how many totals lie in each tenth of the points, as pairs of a label and a count."""
    edges = [whole * i / BARS for i in range(BARS + 1)]
    places = Counter(min(int(total / whole * BARS + 1e-9), BARS - 1) for total in totals)
    labels = [f"{points(low)}–{points(high)}" for low, high in itertools.pairwise(edges)]
    return [(label, places[i]) for i, label in enumerate(labels)]


def _bars(counts):
    """Return the bars of the histogram, in pixels."""
    highest = max((count for _, count in counts), default=0) or 1
    step = (WIDTH - 40) / len(counts)
    bars = []
    for i, (label, count) in enumerate(counts):
        height = (FLOOR - TOP) * count / highest
        x = 30 + i * step + 3
        bars.append(
            {
                "x": round(x, 1),
                "y": round(FLOOR - height, 1),
                "width": round(step - 6, 1),
                "height": round(height, 1),
                "middle": round(x + (step - 6) / 2, 1),
                "label": label,
                "count": count,
            }
        )
    return bars
