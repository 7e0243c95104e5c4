"""Awkward delimited texts, each with the rows that are read or the error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

HEAD = "id,label,a\n"


@dataclass(frozen=True)
class Case:
    """Text of a file, and the expected result of reading it.

    Attributes
    ----------
    code : str or None
        Code of the error, or of a warning.
    row, column
        Place that the error names; `None` if it is not compared, like the next three.
    ids, labels, scores
        Rows of a text that is read.
    """

    name: str
    text: str | bytes
    code: str | None = None
    row: int | None = None
    column: str | None = None
    ids: tuple[str, ...] | None = None
    scores: dict[str, list[float]] = field(default_factory=dict)
    labels: tuple[int, ...] | None = None
    file: str = "scores.csv"

    @property
    def data(self) -> bytes:
        return self.text.encode() if isinstance(self.text, str) else self.text


def with_rows(*lines: str, head: str = HEAD) -> str:
    return head + "".join(line + "\n" for line in lines)


def with_score(text: str) -> str:
    """File whose second row has this text as its score."""
    return with_rows("u1,0,0.5", f"u2,1,{text}", "u3,0,0.25")


def with_labels(*texts: str) -> str:
    return with_rows(*(f"u{k},{text},0.{k + 1}" for k, text in enumerate(texts)))


def with_ids(*texts: str) -> str:
    return with_rows(*(f"{text},{k % 2},0.{k + 1}" for k, text in enumerate(texts)))


NOT_NUMBERS = [
    "0x1p-1", "0x10", "5d-1", "2.5D-1", "1_0", "0.5_0", "0. 5", "'0.5", "５", "０.5", "0.5f", "1e", "1e+",
    "e5", "--1", "+-1", "0.5.1", "5-Jan", "1/2", "50%", "$0.5", "0.5 x", "(0.5)", "1e5.0", "0b1", "0o7", "½",
    "1 000", "0.5e", ".", "+", "\u22120.5", "1e٣", "x", "TRUE",
]  # fmt: skip
MISSING_NUMBERS = ["", " ", "NA", "N/A", "nan", "NaN", "NULL", "None", "-", "#N/A", "<NA>", "?"]
INFINITE = ["inf", "-inf", "Infinity", "+Inf", "1e999", "-1e400"]
NUMBERS = {
    "0": 0.0, "1": 1.0, "0.5": 0.5, ".5": 0.5, "5e-1": 0.5, "5E-1": 0.5, "+0.5": 0.5, "1.": 1.0, "0.": 0.0,
    " 0.5": 0.5, "0.5 ": 0.5, '"0.5"': 0.5, '" 0.5"': 0.5, "00.5": 0.5, "0.50000": 0.5, "1e-400": 0.0,
    "5e-324": 5e-324, "2.2250738585072011e-308": 2.2250738585072011e-308, "-0": -0.0, "-0.0": -0.0,
    "0.1000000000000000055511151231257827021181583404541015625": 0.1, "1e0": 1.0, "100e-2": 1.0,
    "0.30000000000000004": 0.30000000000000004, "0.500000000000000166533453694": 0.5000000000000002,
    "9007199254740993e-17": 0.09007199254740993, "0.000000000000000000000000000001": 1e-30,
    "0." + "3" * 400: 1 / 3, "1" + "0" * 300 + "e-301": 0.1,
}  # fmt: skip
TEXT_IDS = [
    ("007", "7", "0007"), ("NA", "null", "None"), ("nan", "NaN", "x"), ("inf", "Infinity", "-inf"),
    ("1e5", "100000", "1E5"), ("9007199254740992", "9007199254740993", "9007199254740994"),
    ("123456789012345678901234567890", "123456789012345678901234567891", "1"),
    ("2024-01-02", "02.01.2024", "2024-1-2"), ("true", "True", "TRUE"), ("1_000", "1000", "10_00"),
    ("+5", "5", "5.0"), ("#1", "#2", "3"), ("-", "--", "?"), ("a'b", "a`b", "a\\b"), ("=1+1", "@x", "+x"),
    ("\ufeffu1", "u1\ufeff", "u1"),
    ("日本", "Ж", "🙂"), ("a b", "a  b", "a\tb"), ("C:\\new\\table.png", "C:/new", "\\\\share"),
    ("0x10", "16", "0b1"), ("1.0", "1", "1.00"), ("'q'", "q", "`q`"), ("a|b", "a||b", "|"),
    ("%s", "{}", "\\n"),
    ("x" * 5000, "x" * 4999, "y"), ("\u200b", "\u200c", "z"), ("e\u0301x", "f", "g"),
    ("; DROP", "<b>", "&amp;"),
]  # fmt: skip

GOOD = with_rows("u1,1,0.9", "u2,0,0.2", "u3,1,0.7")
_READ: dict[str, Any] = {
    "ids": ("u1", "u2", "u3"),
    "labels": (1, 0, 1),
    "scores": {"a": [0.9, 0.2, 0.7]},
}

CASES = [
    Case("plain", GOOD, **_READ),
    Case("byte order mark", b"\xef\xbb\xbf" + GOOD.encode(), **_READ),
    Case("windows line ends", GOOD.replace("\n", "\r\n"), **_READ),
    Case("old mac line ends", GOOD.replace("\n", "\r"), **_READ),
    Case("mixed line ends", "id,label,a\r\nu1,1,0.9\nu2,0,0.2\ru3,1,0.7\n", **_READ),
    Case("blank lines", GOOD.replace("\n", "\n\n"), **_READ),
    Case("blank windows lines", "\r\n" + GOOD.replace("\n", "\r\n\r\n"), **_READ),
    Case("no line end at the end", GOOD.rstrip("\n"), code="W_NOEOL", **_READ),
    Case("semicolons", GOOD.replace(",", ";"), code="W_DIALECT", **_READ),
    Case("vertical bars", GOOD.replace(",", "|"), code="W_DIALECT", **_READ),
    Case("tabs in a csv", GOOD.replace(",", "\t"), code="W_DIALECT", **_READ),
    Case("tabs in a tsv", GOOD.replace(",", "\t"), file="scores.tsv", **_READ),
    Case("Excel's sep line", "sep=;\n" + GOOD.replace(",", ";"), code="W_DIALECT", **_READ),
    Case("Excel's sep line, windows", "sep=,\r\n" + GOOD.replace("\n", "\r\n"), **_READ),
    Case(
        "all quoted",
        "\n".join(",".join(f'"{c}"' for c in line.split(",")) for line in GOOD.split()) + "\n",
        **_READ,
    ),
    Case(
        "nameless empty column",
        "id,label,a,\nu1,1,0.9,\nu2,0,0.2,\nu3,1,0.7,\n",
        code="W_EMPTYCOL",
        **_READ,
    ),
    Case(
        "two nameless columns",
        "id,label,a,,\nu1,1,0.9,,\nu2,0,0.2,,\nu3,1,0.7,,\n",
        code="W_EMPTYCOL",
        **_READ,
    ),
    Case(
        "nameless first column of 0, 1, 2 is pandas' index",
        ",label,a\n0,1,0.9\n1,0,0.2\n",
        labels=(1, 0),
    ),
    Case("nameless column with values", "id,label,,a\nu1,1,0.5,0.9\nu2,0,,0.2\n", code="E_COLNAME"),
    Case(
        "nameless last column with values", "id,label,a,\nu1,1,0.9,x\nu2,0,0.2,\n", code="E_COLNAME"
    ),
    Case(
        "two nameless columns with values", ",,label,a\n0,u1,1,0.9\n1,u2,0,0.2\n", code="E_COLNAME"
    ),
    Case(
        "nameless first column of fractions", ",label,a\n0.5,1,0.9\n0.25,0,0.2\n", code="E_COLNAME"
    ),
    Case("nameless first column that repeats", ",label,a\nx,1,0.9\nx,0,0.2\n", code="E_COLNAME"),
    Case(
        "spaces around names",
        " id,\tlabel , a\nu1,1,0.9\nu2,0,0.2\nu3,1,0.7\n",
        code="W_TRIM",
        **_READ,
    ),
    Case(
        "names that are one without spaces",
        "id,label,a, a\nu1,1,0.9,0.8\nu2,0,0.2,0.3\n",
        code="E_DUPCOL",
    ),
    Case("a name of spaces is none", "id,label,a,  \nu1,1,0.9,x\nu2,0,0.2,y\n", code="E_COLNAME"),
    Case(
        "scores named like a date",
        "id,label,date\nu1,1,0.9\nu2,0,0.2\n",
        scores={"date": [0.9, 0.2]},
    ),
    Case(
        "scores beside what is named like a date",
        "id,label,time,a\nu1,1,0.9,0.8\nu2,0,0.2,0.3\n",
        scores={"a": [0.8, 0.3]},
    ),
    Case(
        "two that are named like a date",
        "id,label,day,hour\nu1,1,0.9,0.8\nu2,0,0.2,0.3\n",
        code="E_NOMODEL",
    ),
    Case("whole years are no scores", "id,label,year\nu1,1,1\nu2,0,0\n", code="E_NOMODEL"),
    Case("nameless first column is the id", ",label,a\nu1,1,0.9\nu2,0,0.2\nu3,1,0.7\n", **_READ),
    Case(
        "text column is left out", "id,label,note,a\nu1,1,x,0.9\nu2,0,y,0.2\nu3,1,z,0.7\n", **_READ
    ),
    Case("fold is left out", "id,label,fold,a\nu1,1,0,0.9\nu2,0,1,0.2\nu3,1,0,0.7\n", **_READ),
    Case(
        "temperature is left out",
        "id,label,temp,a\nu1,1,21.5,0.9\nu2,0,30,0.2\nu3,1,19,0.7\n",
        code="W_UNUSED",
        **_READ,
    ),
    Case(
        "prediction is left out",
        "id,label,prediction,a\nu1,1,1,0.9\nu2,0,0,0.2\nu3,1,1,0.7\n",
        **_READ,
    ),
    Case(
        "class columns p0 and p1",
        "id,label,p0,p1\nu1,1,0.1,0.9\nu2,0,0.8,0.2\n",
        ids=("u1", "u2"),
        scores={"p1": [0.9, 0.2]},
    ),
    Case(
        "class columns beside labels of words",
        "id,label,p0,p1\nu1,True,0.1,0.9\nu2,false,0.8,0.2\nu3,true,0.5,0.5\n",
        scores={"p1": [0.9, 0.2, 0.5]},
        labels=(1, 0, 1),
    ),
    Case(
        "class columns beside labels of two spellings",
        "id,label,p0,p1\nu1,1.0,0.1,0.9\nu2,0,0.8,0.2\nu3,1,0.5,0.5\n",
        scores={"p1": [0.9, 0.2, 0.5]},
        labels=(1, 0, 1),
    ),
    Case(
        "class columns of two models",
        "id,label,a_0,a_1,b_0,b_1\nu1,1,0.1,0.9,0.3,0.7\nu2,0,0.8,0.2,0.5,0.5\n",
        scores={"a_1": [0.9, 0.2], "b_1": [0.7, 0.5]},
    ),
    Case(
        "second label is left out",
        "id,label,target,a\nu1,1,1,0.9\nu2,0,0,0.2\nu3,1,1,0.7\n",
        code="W_UNUSED",
        **_READ,
    ),
    Case(
        "models 0 and 1 that do not add up",
        "id,label,m_0,m_1\nu1,1,0.1,0.8\nu2,0,0.8,0.2\n",
        scores={"m_0": [0.1, 0.8], "m_1": [0.8, 0.2]},
    ),
    Case(
        "line break inside a quoted id",
        with_rows('"u\n1",1,0.9', "u2,0,0.2"),
        ids=("u\n1", "u2"),
        scores={"a": [0.9, 0.2]},
    ),
    Case("delimiter inside a quoted id", with_rows('"u,1",1,0.9', "u2,0,0.2"), ids=("u,1", "u2")),
    Case("doubled quotes", with_rows('"say ""x""",1,0.9', "u2,0,0.2"), ids=('say "x"', "u2")),
    Case(
        "quotes inside a plain field",
        with_rows('5" pipe,1,0.9', 'a"b"c,0,0.2'),
        ids=('5" pipe', 'a"b"c'),
    ),
    Case("quoted carriage return", with_rows('"u\r1",1,0.9', "u2,0,0.2"), ids=("u\r1", "u2")),
    Case(
        "names that are markup",
        'id,label,"<img src=x>","b""c"\nu1,1,0.9,0.8\nu2,0,0.2,0.3\n',
        scores={"<img src=x>": [0.9, 0.2], 'b"c': [0.8, 0.3]},
    ),
    Case(
        "names that differ in case",
        "id,label,a,A\nu1,1,0.9,0.8\nu2,0,0.2,0.3\n",
        code="W_CASE",
        scores={"a": [0.9, 0.2], "A": [0.8, 0.3]},
    ),
    Case(
        "ids equal after trimming",
        with_ids("u1 ", "u1", "u2"),
        code="W_TRIM",
        ids=("u1 ", "u1", "u2"),
    ),
    Case(
        "ids equal after normalising",
        with_ids("\u00e9", "e\u0301", "u"),
        code="W_UNICODE",
        ids=("\u00e9", "e\u0301", "u"),
    ),
    Case("constant model", with_rows("u1,0,0.5", "u2,1,0.5"), code="W_CONSTANT"),
    Case("exact zero and one", with_rows("u1,0,0", "u2,1,1"), code="W_LOGLOSS_INF"),
    Case("few defects", GOOD, code="W_FEWPOSITIVES"),
    Case("labels 1.0 and 0.0", with_labels("1.0", "0.0", "1"), labels=(1, 0, 1)),
    Case("labels true and false", with_labels("true", "FALSE", "True"), labels=(1, 0, 1)),
    Case("labels yes and no", with_labels("yes", "NO", "Yes"), code="W_LABELMAP", labels=(1, 0, 1)),
    Case("labels y and n", with_labels("y", "N", "Y"), code="W_LABELMAP", labels=(1, 0, 1)),
    Case("labels t and f", with_labels("T", "f", "t"), code="W_LABELMAP", labels=(1, 0, 1)),
    Case("labels 1 and -1", with_labels("1", "-1", "+1"), code="W_LABELMAP", labels=(1, 0, 1)),
    Case("labels with spaces", with_labels(" 1", "0 ", "1"), labels=(1, 0, 1)),
    Case("nothing", "", code="E_EMPTY"),
    Case("only white space", "\n  \n\r\n", code="E_EMPTY"),
    Case("only a mark", b"\xef\xbb\xbf", code="E_EMPTY"),
    Case("only a header", "id,label,a\n", code="E_NOROWS"),
    Case("only a header, no line end", "id,label,a", code="E_NOROWS"),
    Case("no header", "u1,yes,good\nu2,no,bad\nu3,yes,good\n", code="E_HEADER"),
    Case("no header, numbers", "17,1,0.5\n18,0,0.25\n", code="E_HEADER"),
    Case("no label", "id,a\nu1,0.5\nu2,0.25\n", code="E_NOLABEL"),
    Case("scores named like a label", "id,target\nu1,0.5\nu2,0.25\n", code="E_NOLABEL"),
    Case("spaces between fields", "0.5 item0\n0.25 item1\n", code="E_FORMAT"),
    Case("no model", "id,label\nu1,1\nu2,0\n", code="E_NOMODEL"),
    Case("UTF-16 with a mark", GOOD.encode("utf-16"), code="W_ENC", **_READ),
    Case("UTF-16 of big ends", ("\ufeff" + GOOD).encode("utf-16-be"), code="W_ENC", **_READ),
    Case("UTF-16 of three bytes", b"\xff\xfe" + GOOD.encode("utf-16-le")[:-1], code="E_ENCODING"),
    Case("UTF-32 with a mark", GOOD.encode("utf-32"), code="E_ENCODING"),
    Case("UTF-16 without a mark", GOOD.encode("utf-16-be"), code="E_ENCODING"),
    Case(
        "Latin-1", with_rows("u1,1,0.9", "Müller,0,0.2").encode("latin-1"), code="E_ENCODING", row=2
    ),
    Case(
        "bytes cut inside a character",
        with_rows("u1,1,0.9", "Mü,0,0.2").encode()[:-8],
        code="E_ENCODING",
        row=2,
    ),
    Case(
        "surrogate bytes",
        HEAD.encode() + b"u\xed\xa0\x80,1,0.9\nu2,0,0.2\n",
        code="E_ENCODING",
        row=1,
    ),
    Case("NUL in an id", with_rows("u1,1,0.9", "u\x002,0,0.2"), code="E_NUL", row=2),
    Case("NUL at the end", GOOD + "\x00", code="E_NUL"),
    Case("row too long", with_rows("u1,1,0.9", "u2,0,0.2,9"), code="E_WIDTH", row=2),
    Case("row too short", with_rows("u1,1,0.9", "u2,0", "u3,1,0.7"), code="E_WIDTH", row=2),
    Case("all rows too long", "label,a,b\nu1,1,0.9,0.8\nu2,0,0.2,0.3\n", code="E_WIDTH", row=1),
    Case("trailing commas in rows", "id,label,a\nu1,1,0.9,\nu2,0,0.2,\n", code="E_WIDTH", row=1),
    Case("white space in a line", with_rows("u1,1,0.9", "  ", "u2,0,0.2"), code="E_WIDTH", row=2),
    Case(
        "quote never closed", with_rows("u1,1,0.9", '"u2,0,0.2', "u3,1,0.7"), code="E_QUOTE", row=2
    ),
    Case("text behind a quote", with_rows('"u1"x,1,0.9', "u2,0,0.2"), code="E_QUOTE", row=1),
    Case("space behind a quote", with_rows("u1,1,0.9", '"u2" ,0,0.2'), code="E_QUOTE", row=2),
    Case("twice the same name", "id,label,a,a\nu1,1,0.9,0.8\nu2,0,0.2,0.3\n", code="E_DUPCOL"),
    Case("name too long", f"id,label,{'m' * 300}\nu1,1,0.9\nu2,0,0.1\n", code="E_NAMELEN"),
    Case(
        "too many columns",
        "id,label,"
        + ",".join(f"m{k}" for k in range(2000))
        + "\n"
        + "u,1,"
        + ",".join(["0.5"] * 2000)
        + "\n",
        code="E_TOOMANYCOLS",
    ),
    Case(
        "decimal comma", with_rows('u1,1,"0,9"', 'u2,0,"0,2"'), code="E_DECIMAL_COMMA", column="a"
    ),
    Case(
        "decimal comma, semicolons",
        "id;label;a\nu1;1;0,937\nu2;0;0,221\n",
        code="E_DECIMAL_COMMA",
        column="a",
    ),
    Case(
        "thousands",
        'id,label,w\nu1,1,"1,234.5"\nu2,0,"2,000.0"\n',
        code="E_NUMBER",
        row=1,
        column="w",
    ),
    Case(
        "weight of nothing", "id,label,weight,a\nu1,1,1,0.9\nu2,0,0,0.2\n", code="E_WEIGHT", row=2
    ),
    Case(
        "row of totals",
        with_rows("u1,1,0.9", "u2,0,0.2", "Total,2,1.1"),
        code="E_LABEL",
        row=3,
        column="label",
    ),
    Case("id missing", with_rows("u1,1,0.9", ",0,0.2"), code="E_IDMISSING", row=2, column="id"),
    Case(
        "id twice",
        with_rows("u1,1,0.9", "u2,0,0.2", "u1,0,0.3"),
        code="E_DUPID",
        row=3,
        column="id",
    ),
    Case(
        "log-odds",
        with_rows("u1,0,-3.2", "u2,1,4.1", "u3,0,0.2"),
        code="E_RANGE",
        row=1,
        column="a",
    ),
    Case(
        "above one by the rounding of 32-bit floats",
        with_rows("u1,0,0.5", "u2,1,1.0000001"),
        scores={"a": [0.5, 1.0]},
    ),
    Case("a little above one", with_rows("u1,0,0.5", "u2,1,1.000001"), code="E_RANGE", row=2),
    Case("a little below zero", with_rows("u1,0,0.5", "u2,1,-1e-9"), code="E_RANGE", row=2),
    Case("per cent by name", "id,label,Confidence (%)\nu1,1,0.9\nu2,0,0.2\n", code="E_RANGE"),
    Case("label missing", with_labels("1", "", "0"), code="E_LABEL_NA", row=2, column="label"),
    Case("label NA", with_labels("no", "yes", "NA"), code="E_LABEL_NA", row=3),
    Case("one class", with_labels("1", "1", "1"), code="E_SINGLECLASS"),
    Case("one class, zeros", with_labels("0", "0", "0"), code="E_SINGLECLASS"),
    Case("three classes", with_labels("0", "1", "2", "1"), code="E_MULTICLASS"),
    Case("three classes of text", with_labels("a", "b", "c"), code="E_MULTICLASS"),
    Case("0 and -1", with_labels("0", "-1", "0"), code="E_POSLABEL"),
    Case("1 and false", with_labels("1", "false", "1"), code="E_POSLABEL"),
    Case("0, 1 and -1", with_labels("0", "1", "-1"), code="E_MULTICLASS"),
    Case("labels of two words", with_labels("defect", "ok", "defect"), code="E_POSLABEL"),
    Case("labels 1 and 2", with_labels("1", "2", "1"), code="E_POSLABEL"),
    Case("labels on and off", with_labels("on", "off"), code="E_POSLABEL"),
    Case("y and no", with_labels("y", "no", "y"), code="E_POSLABEL"),
    Case("yes and 0", with_labels("yes", "0", "yes"), code="E_POSLABEL"),
    Case("class columns of words", "label,ok,nok\nok,0.9,0.1\nnok,0.2,0.8\n", code="E_POSLABEL"),
    Case(
        "class columns without meaning",
        "id,label,x,y2\nu1,1,0.1,0.9\nu2,0,0.8,0.2\n",
        code="E_COMPLEMENT",
    ),
    Case("long file without an id", "model,label,score\na,1,0.9\na,0,0.2\n", code="E_NOID"),
    Case("zip", b"PK\x03\x04" + b"\0" * 60, code="E_FORMAT"),
    Case("bzip2", b"BZh91AY&SY" + b"\0" * 60, code="E_FORMAT", file="scores.csv.bz2"),
    Case("xz", b"\xfd7zXZ\x00" + b"\0" * 60, code="E_FORMAT", file="scores.csv.xz"),
    Case("PDF", b"%PDF-1.7\n", code="E_FORMAT"),
    Case("pickle", b"\x80\x04\x95\x00\x00", code="E_PICKLE"),
    Case("gzip named csv", b"\x1f\x8b\x08" + b"\0" * 20, code="E_MAGIC"),
    Case("csv named gzip", GOOD, code="E_MAGIC", file="scores.csv.gz"),
    Case("csv named Parquet", GOOD, code="E_PARQUET", file="scores.parquet"),
]
CASES += [
    Case(f"number {t!r:.40}", with_score(t), code="E_NUMBER", row=2, column="a")
    for t in NOT_NUMBERS
]
CASES += [
    Case(f"missing {t!r}", with_score(t), code="E_SCORE_NA", row=2, column="a")
    for t in MISSING_NUMBERS
]
CASES += [
    Case(f"infinite {t!r}", with_score(t), code="E_SCORE_INF", row=2, column="a") for t in INFINITE
]
CASES += [
    Case(f"value {text!r:.40}", with_score(text), scores={"a": [0.5, value, 0.25]})
    for text, value in NUMBERS.items()
]
CASES += [Case(f"ids {texts!r:.40}", with_ids(*texts), ids=texts) for texts in TEXT_IDS]
