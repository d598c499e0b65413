"""Downloads as learning platforms make them: each file ends at the right student, or in a list with the reason."""

import csv
import gzip
import io
import json
import os
import struct
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from course.devtools.sample_class import copy_course
from course.gate import download
from course.gate.download import Download, decoded
from course.gate.times import time_of
from course.grading import collect, participants
from course.grading.collect import identity, words_of

ROOT = Path(__file__).parents[1]
ITEMS = {"conv2d", "parameters"}
OLD, NEW = (2026, 1, 1, 8, 0, 0), (2026, 1, 2, 8, 0, 0)


def notebook(mark="", item="conv2d"):
    """A submission with one graded item, and something to know it by."""
    graded = {"nbgrader": {"grade": True, "grade_id": f"check-{item}", "points": 3}}
    cells = [{"cell_type": "code", "metadata": graded, "source": mark, "outputs": [], "execution_count": None}]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


NOTEBOOK = notebook()


def packed(members):
    """A zip of (name, content) or (name, content, time)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, *when in members:
            archive.writestr(zipfile.ZipInfo(name, *when or [OLD]), content)
    return buffer.getvalue()


def packed_in(encoding, name, content=NOTEBOOK):
    """A zip whose name is written in an old encoding, without the mark for UTF-8, as some programs do."""
    held = "x" * len(name.encode(encoding))
    return packed([(held, content)]).replace(held.encode(), name.encode(encoding))


def sort(files, known=None, numbers=None):
    """What is kept, as student: content, and what is left, as place: reason."""
    kept, left = collect.sort(files, "convolution", ITEMS, known or {}, numbers)
    return {student: file.content for student, file in kept.items()}, {file.where: why for file, why in left}


def files(tmp_path, contents):
    """A download folder with these files, read."""
    for name, content in contents.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(files_in(tmp_path))


def files_in(folder):
    """Read a download; what is read lies beside the folder."""
    spool = folder.with_name(f"{folder.name}-{len(list(folder.parent.glob(f'{folder.name}-*')))}")
    spool.mkdir()
    return Download(spool).files(folder)


# ---------------------------------------------------------------- forms that are understood


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Anna Müller_4711_assignsubmission_file_/convolution.ipynb", "anna_mueller"),
        ("Anna Müller_4711_assignsubmission_file_/my work.ipynb", "anna_mueller"),
        ("Anna Müller_4711_assignsubmission_file_convolution.ipynb", "anna_mueller"),
        ("Anna Müller_4711_assignsubmission_file_convolution (1).ipynb", "anna_mueller"),
        ("Anna Müller_4711_assignsubmission_file_/convolution-Copy1.ipynb", "anna_mueller"),
        ("Anna Müller_4711_assignsubmission_file_/deep/er/convolution.ipynb", "anna_mueller"),
        ("Müller-Groß Änne_12_assignsubmission_file_/convolution.ipynb", "mueller_gross_aenne"),
        ("O'Neill José_12_assignsubmission_file_/convolution.ipynb", "o_neill_jose"),
        ("शर्माराज_5_7001_convolution.ipynb", "शरमाराज"),
        ("anna_mueller_convolution.ipynb", "anna_mueller"),
        ("anna-convolution.ipynb", "anna"),
        ("Anna Müller convolution.ipynb", "anna_mueller"),
        ("Anna_Convolution.IPYNB", "anna"),
        ("anna_convolution.ipynb.txt", "anna"),
        ("Ada_1_assignsubmission_file_/convolution.ipynb.json", "ada"),
        ("muelleranna_12345_987654_convolution.ipynb", "muelleranna"),
        ("muelleranna_LATE_12345_987654_convolution-2.ipynb", "muelleranna"),
        ("muelleranna_late_12345_987654_convolution.ipynb", "muelleranna"),
        ("Assignment 3_am1815_attempt_2026-11-15-00-30-12_convolution.ipynb", "am1815"),
        ("anna_convolution (2).ipynb", "anna"),
        ("anna_convolution - Kopie.ipynb", "anna"),
        ("s0123456_convolution.ipynb", "s0123456"),
        ("Łukasz Żółć_convolution.ipynb", "lukasz_zolc"),
        ("Иван Петров_convolution.ipynb", "иван_петров"),
    ],
)
def test_names_that_are_understood(tmp_path, name, student):
    assert sort(files(tmp_path, {name: NOTEBOOK})) == ({student: NOTEBOOK}, {})


def test_zips_in_zips_and_tars(tmp_path):
    inner = packed([("work/convolution.ipynb", notebook("inner"))])
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        member = tarfile.TarInfo("convolution.ipynb")
        member.size = len(notebook("tar"))
        archive.addfile(member, io.BytesIO(notebook("tar")))
    whole = packed(
        [
            ("Ada Ames_1_assignsubmission_file_/abgabe.zip", inner),
            ("Ben Berg_2_assignsubmission_file_/all.zip", packed([("again.zip", inner)])),
            ("Cy Chen_3_assignsubmission_file_/work.tar.gz", tar.getvalue()),
        ]
    )
    more = packed([("convolution.ipynb", notebook("plain"))])
    found = sort(files(tmp_path, {"download.zip": whole, "dee_convolution.zip": more}))
    assert found == (
        {
            "ada_ames": notebook("inner"),
            "ben_berg": notebook("inner"),
            "cy_chen": notebook("tar"),
            "dee": notebook("plain"),
        },
        {},
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp437", "cp850", "cp1252", "latin-1"])
def test_names_in_any_encoding(tmp_path, encoding):
    name = "Jürgen Größe_7_assignsubmission_file_/convolution.ipynb"
    (tmp_path / "a.zip").write_bytes(packed_in(encoding, name))
    assert list(sort(files_in(tmp_path))[0]) == ["juergen_groesse"]
    os.remove(tmp_path / "a.zip")
    raw = os.fsencode(tmp_path) + "/Jürgen Größe_convolution.ipynb".encode(encoding)
    with open(raw, "wb") as file:
        file.write(NOTEBOOK)
    assert list(sort(files_in(tmp_path))[0]) == ["juergen_groesse"]


def test_a_name_beside_the_zips_own_is_text_already(tmp_path, monkeypatch):
    """Some programs write the whole name in a field of its own (0x7075), which Python reads from 3.12 on: here as if it had."""
    infolist = zipfile.ZipFile.infolist

    def as_later_versions(archive):
        found = infolist(archive)
        found[0].filename = "Łukasz_convolution.ipynb"
        return found

    monkeypatch.setattr(zipfile.ZipFile, "infolist", as_later_versions)
    whole = packed([("L?ukasz_convolution.ipynb", NOTEBOOK), ("ben_convolution.ipynb", NOTEBOOK)])
    kept, left = sort(files(tmp_path, {"a.zip": whole}))
    assert sorted(kept) == ["ben", "lukasz"] and not left


def test_composed_and_decomposed_letters_are_one_student(tmp_path):
    names = ["Mu\u0308ller_convolution.ipynb", "Müller_convolution (1).ipynb"]
    kept, left = sort(files(tmp_path, dict.fromkeys(names, NOTEBOOK)))
    assert list(kept) == ["mueller"]
    assert len(left) == 1


@pytest.mark.parametrize("name", ["Änne Müller", "Müller, Änne", "mueller_aenne", "AENNE  MÜLLER"])
def test_spellings_of_one_name(name):
    assert identity(name) == identity("Änne Müller")


def test_other_names_stay_apart():
    pairs = [
        ("Leon Meier", "Noel Meier"),
        ("Anna Berg", "Anne Berg"),
        ("Jan Mars", "Jana Mars"),
        ("Michael Berg", "Michal Berg"),
    ]
    assert all(identity(one) != identity(other) for one, other in pairs)
    assert words_of("Müller-Groß, Änne") == ["mueller", "gross", "aenne"]


# ---------------------------------------------------------------- who it is


def test_students_that_the_course_has_keep_their_names(tmp_path):
    known = {identity("Anna Müller"): {"am1234"}}
    found = files(tmp_path, {"Müller, Anna_1_assignsubmission_file_/convolution.ipynb": NOTEBOOK})
    assert sort(found, known)[0] == {"am1234": NOTEBOOK}


def test_two_of_one_name_are_put_to_a_person(tmp_path):
    names = [f"Anna Müller_{number}_assignsubmission_file_/convolution.ipynb" for number in (1, 2)]
    kept, left = sort(files(tmp_path, dict.fromkeys(names, NOTEBOOK)))
    assert kept == {}
    assert set(left.values()) == {"two participants are called Anna Müller; put it into submitted/ by hand"}
    kept, left = sort(files(tmp_path, {names[0]: NOTEBOOK}), {identity("Anna Müller"): {"a", "b"}})
    assert kept == {} and set(left.values()) == {
        "two students of the course are called Anna Müller: a or b; put it into submitted/ by hand"
    }


# ---------------------------------------------------------------- which of several


def test_the_newest_of_a_student_is_kept_and_the_others_are_said(tmp_path):
    moodle = "Ada_1_assignsubmission_file_/convolution"
    whole = packed([(f"{moodle}.ipynb", notebook("new"), NEW), (f"{moodle} (1).ipynb", notebook("old"), OLD)])
    kept, left = sort(files(tmp_path, {"a.zip": whole}))
    assert kept == {"ada": notebook("new")}
    assert left == {f"a.zip/{moodle} (1).ipynb": f"not newer than a.zip/{moodle}.ipynb"}


def test_of_two_of_one_time_the_later_copy_is_kept(tmp_path):
    names = ["convolution.ipynb", "convolution (1).ipynb", "convolution (2).ipynb", "convolution (10).ipynb"]
    whole = packed([(f"Ada_1_assignsubmission_file_/{name}", notebook(name)) for name in names])
    kept, left = sort(files(tmp_path, {"a.zip": whole}))
    assert kept == {"ada": notebook("convolution (10).ipynb")}
    assert len(left) == 3


@pytest.mark.parametrize("other", ["scratch", "convolution_backup", "old", "zzz"])
@pytest.mark.parametrize(
    "name",
    [
        "bergben_5_{number}_{name}.ipynb",
        "Ada_1_assignsubmission_file_/{name}.ipynb",
        "Ada_1_assignsubmission_file_{name}.ipynb",
        "HW_ada_attempt_2026-11-15-00-30-12_{name}.ipynb",
    ],
)
def test_of_what_came_together_the_one_called_as_the_assignment_counts(tmp_path, name, other):
    """An archive has the time of the download for all: none of them is newer."""
    members = [
        (name.format(name="Convolution", number=7001), notebook("mine")),
        (name.format(name=other, number=7002), NOTEBOOK),
    ]
    for order in (members, members[::-1]):
        kept, left = sort(files(tmp_path, {"a.zip": packed(order)}))
        assert list(kept.values()) == [notebook("mine")]
        assert set(left.values()) == {"handed in beside a notebook called convolution.ipynb, which counts"}


def test_no_name_speaks_to_the_terminal(tmp_path):
    whole = packed([("\x1b]0;x\x07ben_convolution.ipynb", NOTEBOOK)])
    kept, left = collect.sort(files(tmp_path, {"ada_convolution.zip": whole}), "convolution", ITEMS, {})
    assert not kept and all(reason.isprintable() for _, reason in left)


def test_where_neither_is_called_so_a_person_is_told(tmp_path):
    names = [f"Ada_1_assignsubmission_file_/{name}.ipynb" for name in ("work", "scratch")]
    kept, left = sort(files(tmp_path, {"a.zip": packed([(name, notebook(name)) for name in names])}))
    assert len(kept) == 1 and "if this one counts, put it into submitted/ by hand" in next(iter(left.values()))


def test_an_attempt_with_a_time_of_its_own_is_newer_whatever_its_name(tmp_path):
    name = "HW_ada_attempt_2026-11-{day}-00-30-12_{stem}.ipynb"
    members = [
        (name.format(day="01", stem="convolution"), notebook("old")),
        (name.format(day="09", stem="my work"), notebook("new")),
    ]
    assert sort(files(tmp_path, {"a.zip": packed(members)}))[0] == {"ada": notebook("new")}
    mailed = {"ben_convolution.ipynb": notebook("old")}
    later = packed([("Ben_1_assignsubmission_file_/final.ipynb", notebook("new"), (2107, 1, 1, 0, 0, 0))])
    assert sort(files(tmp_path / "two", mailed | {"b.zip": later}))[0] == {"ben": notebook("new")}


def test_of_two_downloads_the_later_file_counts_whatever_its_name(tmp_path):
    first = packed([("Ada_1_assignsubmission_file_/convolution.ipynb", notebook("old"), OLD)])
    second = packed([("Ada_1_assignsubmission_file_/final.ipynb", notebook("new"), NEW)])
    assert sort(files(tmp_path, {"b.zip": first, "a.zip": second}))[0] == {"ada": notebook("new")}


def test_the_notebook_that_holds_the_assignment_is_kept_whatever_its_name(tmp_path):
    folder = "Ada_1_assignsubmission_file_"
    contents = {
        f"{folder}/convolution_final.ipynb": notebook("mine"),
        f"{folder}/notebooks/2_convolution.ipynb": notebook("a lecture", item="none"),
        f"{folder}/pooling.ipynb": notebook("another", item="pool2d"),
        f"{folder}/convolution.ipynb": b"",
    }
    kept, left = sort(files(tmp_path, contents))
    assert kept == {"ada": notebook("mine")}
    assert left.pop(f"{folder}/convolution.ipynb") == "not a notebook: it is empty"
    assert set(left.values()) == {"a notebook without any item of this assignment"}


def test_an_assignment_is_none_of_another_whose_name_ends_alike(tmp_path):
    contents = {"2_convolution.ipynb": notebook(item="none"), "ada_my_convolution.ipynb": NOTEBOOK}
    assert sort(files(tmp_path, contents))[0] == {"ada_my": NOTEBOOK}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (
            "convolution.ipynb",
            "no student's name; expected is NAME_convolution.ipynb or the form of Moodle, Canvas",
        ),
        ("_convolution.ipynb", "no student's name"),
        ("report.ipynb", "no student's name"),
        ("anna_convolution_variants.ipynb", "no student's name"),
        ("?? ??_1_assignsubmission_file_/convolution.ipynb", "no letter of the student's name is left"),
        (
            "A" * 190 + "_convolution.ipynb/" + "B" * 205 + "_convolution.ipynb",
            "a name of more than 200 characters",
        ),
        ("Ada_1_assignsubmission_file_/photo.png", "no notebook"),
        ("Ada_1_assignsubmission_onlinetext_/onlinetext.html", "no notebook"),
        ("Ada_1_assignsubmission_file_/work.rar", "an archive of a form that is not read; unpack it"),
        ("Ada_1_assignsubmission_file_/work.zip", "an archive that cannot be read"),
        ("Ada_1_assignsubmission_file_/work.tar.gz", "an archive that cannot be read"),
        ("Ada_1_assignsubmission_file_/__MACOSX/._convolution.ipynb", "made by the system"),
        ("Ada_1_assignsubmission_file_/.ipynb_checkpoints/convolution-checkpoint.ipynb", "made by the system"),
    ],
)
def test_what_is_not_understood_is_said(tmp_path, name, reason):
    kept, left = sort(files(tmp_path, {name: NOTEBOOK}))
    assert kept == {}
    ((where, why),) = left.items()
    assert name.startswith(where[:150])
    assert why.startswith(reason)


def test_a_name_around_another_name_is_put_to_a_person(tmp_path):
    """Nobody hands in for somebody else by the name of a file in an archive."""
    whole = packed([("cy_convolution.ipynb", NOTEBOOK)])
    kept, left = sort(files(tmp_path, {"ben_convolution.zip": whole, "Ada_1_assignsubmission_file_/x.zip": whole}))
    assert kept == {"ada": NOTEBOOK}
    assert left == {
        "ben_convolution.zip/cy_convolution.ipynb": "whose it is, is not clear: ben or cy; rename what lies outside"
    }


def test_bombs_and_ways_out_of_the_folder_do_nothing(tmp_path, monkeypatch):
    nested = NOTEBOOK
    for _ in range(8):
        nested = packed([("x.zip", nested)])
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("convolution.ipynb", b"0" * 100_000)
    contents = {
        "ada_convolution.zip": bomb.getvalue(),
        "ben_convolution.zip": packed([("../../../../out.ipynb", notebook("ben"))]),
        "dee_convolution.zip": nested,
    }
    monkeypatch.setattr(download, "MAX_NOTEBOOK_BYTES", 50_000)
    kept, left = sort(files(tmp_path, contents))
    assert kept == {"ben": notebook("ben")}
    assert not list(tmp_path.parents[1].glob("**/out.ipynb"))
    assert sorted(why[:25] for why in left.values()) == ["archives in archives, mor", "larger than 0 MB"]


def test_nobody_hands_in_for_somebody_else_in_moodles_form(tmp_path):
    inside = packed(
        [("Ada_1_assignsubmission_file_/convolution.ipynb", notebook("not hers"), (2107, 1, 1, 0, 0, 0))]
    )
    contents = {"ada_convolution.ipynb": notebook("hers"), "ben_convolution.zip": inside}
    kept, left = sort(files(tmp_path, contents))
    assert kept == {"ada": notebook("hers")}
    assert "is not clear: ben or Ada" in next(iter(left.values()))


def test_two_forms_of_one_known_student_are_compared(tmp_path):
    known = {identity("am99"): {"am99"}, identity("Anna Müller"): {"am99"}}
    whole = packed(
        [("Müller, Anna_4_assignsubmission_file_/convolution.ipynb", notebook("new"), (2107, 1, 1, 0, 0, 0))]
    )
    kept, left = sort(files(tmp_path, {"am99_convolution.ipynb": notebook("old"), "a.zip": whole}), known)
    assert kept == {"am99": notebook("new")}
    assert len(left) == 1


def test_groups_hidden_names_and_numbers_of_an_earlier_download(tmp_path):
    known = {identity("Anna Müller"): {"am99"}}
    contents = {
        "Gruppe A-Anna Müller_3_assignsubmission_file_/convolution.ipynb": notebook("one"),
        "Participant_11_assignsubmission_file_/convolution.ipynb": notebook("two"),
        "Teilnehmer/in_12_assignsubmission_file_convolution.ipynb".replace("/", "_"): notebook("three"),
    }
    kept, _ = sort(files(tmp_path, contents), known)
    assert sorted(kept) == ["am99", "participant_11", "teilnehmer_in_12"]
    hidden = {
        f"{word}_{n}_assignsubmission_file_/convolution.ipynb": NOTEBOOK
        for word in ("Deelnemer", "Partecipante")
        for n in (5, 6)
    }
    found = sort(files(tmp_path / "hidden", hidden))[0]
    assert sorted(found) == ["deelnemer_5", "deelnemer_6", "partecipante_5", "partecipante_6"]
    kept, left = sort(files_in(tmp_path), known, {"am99": "77"})
    assert "am99" not in kept
    assert "two participants are called" in next(iter(left.values()))


def test_names_turned_round_are_two_students_or_put_to_a_person(tmp_path):
    found = files(tmp_path, {f"{name}_convolution.ipynb": NOTEBOOK for name in ("simon_paul", "paul_simon")})
    assert sorted(sort(found)[0]) == ["paul_simon", "simon_paul"]
    both = {identity("Paul Simon"): {"paul_simon", "simon_paul"}}
    assert sorted(sort(found, both)[0]) == ["paul_simon", "simon_paul"]
    kept, left = sort(found, {identity("Paul Simon"): {"ps1"}})
    assert kept == {}
    assert all("is it one student who is called paul_simon and simon_paul?" in why for why in left.values())


def test_a_folder_that_only_looks_like_a_name_is_put_to_a_person(tmp_path):
    contents = {f"ws26_convolution/{name}/work.ipynb": NOTEBOOK for name in ("anna", "ben")}
    kept, left = sort(files(tmp_path, contents))
    assert kept == {}
    assert all("several notebooks in folders of ws26_convolution" in why for why in left.values())


def test_a_damaged_member_costs_itself_alone(tmp_path):
    names = [f"{name}_1_assignsubmission_file_/convolution.ipynb" for name in ("Ada", "Ben", "Cy")]
    whole = packed([(name, notebook(name)) for name in names])
    damaged = whole.replace(notebook(names[0]), notebook(names[0]).replace(b"nbgrader", b"nbgravel"), 1)
    kept, left = sort(files(tmp_path, {"a.zip": damaged}))
    assert sorted(kept) == ["ben", "cy"]
    assert "cannot be read: Bad CRC-32" in left[f"a.zip/{names[0]}"]


@pytest.mark.parametrize(
    "spoil",
    [lambda c: c[: len(c) // 2], lambda c: c.replace(b"\x78", b"\x00"), lambda c: c[:40] + bytes(99) + c[139:]],
)
def test_a_damaged_archive_does_not_stop_the_others(tmp_path, spoil):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("convolution.ipynb", os.urandom(50) * 40)
    contents = {"ada_convolution.zip": spoil(buffer.getvalue()), "ben_convolution.ipynb": NOTEBOOK}
    kept, left = sort(files(tmp_path, contents))
    assert kept == {"ben": NOTEBOOK}
    assert len(left) == 1


def test_links_and_control_characters_are_said(tmp_path):
    (tmp_path / "a\nconvolution: 99 submissions_convolution.ipynb").write_bytes(b"x")
    (tmp_path / "cy_convolution.ipynb").symlink_to(tmp_path / "nowhere")
    _, left = sort(files_in(tmp_path))
    assert left["cy_convolution.ipynb"] == "a link to another file"
    assert not any("\n" in where for where in left)


def test_a_large_download_is_read_and_a_name_of_any_bytes_in_a_tar(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_NOTEBOOK_BYTES", 1000)
    filler = [(f"Ben_{n}_assignsubmission_file_/photo.png", b"0" * 900) for n in range(5)]
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", encoding="latin-1") as archive:
        member = tarfile.TarInfo("Lösung/convolution.ipynb")
        member.size = len(NOTEBOOK)
        archive.addfile(member, io.BytesIO(NOTEBOOK))
    whole = packed([*filler, ("Ada_1_assignsubmission_file_/convolution.ipynb", NOTEBOOK)])
    kept, left = sort(files(tmp_path, {"a.zip": whole, "dee_convolution.tar": tar.getvalue()}))
    assert sorted(kept) == ["ada", "dee"]
    assert set(left.values()) == {"no notebook"}


def test_an_encrypted_archive_is_named(tmp_path):
    content = bytearray(packed([("convolution.ipynb", NOTEBOOK)]))
    content[6] |= 1  # the mark for encryption, in both headers
    content[content.index(b"PK\x01\x02") + 8] |= 1
    _, left = sort(files(tmp_path, {"ada_convolution.zip": bytes(content)}))
    assert "cannot be read" in next(iter(left.values()))


def test_decoding_prefers_what_reads_as_latin_letters():
    assert decoded("ü".encode()) == decoded("ü".encode("cp437")) == decoded("ü".encode("cp1252")) == "ü"
    assert decoded(b"\xff\xfe_plain") .endswith("_plain")  # fmt: skip


# ---------------------------------------------------------------- nobody's work goes to somebody else by a guess


MARIA = {identity("Maria Schmidt"): {"ms1"}, identity("Jörg Müller"): {"jm2"}}


def test_a_double_name_is_not_a_group(tmp_path):
    name = "Anna-Maria Schmidt_77_assignsubmission_file_/convolution.ipynb"
    kept, left = sort(
        files(tmp_path, {name: NOTEBOOK, "Mueller Joerg_78_assignsubmission_file_/convolution.ipynb": NOTEBOOK}),
        MARIA,
    )
    assert kept == {"jm2": NOTEBOOK}
    assert left == {
        name: "is Anna-Maria Schmidt ms1, with a group's name in front, or somebody else? put it into submitted/ by hand"
    }
    assert sort(files_in(tmp_path), {identity("Anna-Maria Schmidt"): {"as9"}, **MARIA})[0]["as9"] == NOTEBOOK


@pytest.mark.parametrize("group", ["Gruppe A", "Group 12", "Tutorium Mo", "Übung 3", "Section B"])
def test_groups_that_are_named_so(tmp_path, group):
    name = f"{group}-Maria Schmidt_77_assignsubmission_file_/convolution.ipynb"
    assert sort(files(tmp_path, {name: NOTEBOOK}), MARIA)[0] == {"ms1": NOTEBOOK}


@pytest.mark.parametrize(
    "name",
    [
        "Teamara-Maria Schmidt",
        "Labelle-Maria Schmidt",
        "Classen-Maria Schmidt",
        "Team-Blau-Maria Schmidt",
        "Lab-Maria Schmidt",
    ],
)
def test_names_that_begin_like_a_group(tmp_path, name):
    kept, _ = sort(files(tmp_path, {f"{name}_77_assignsubmission_file_/convolution.ipynb": NOTEBOOK}), MARIA)
    assert kept == {}


def test_a_known_number_with_another_name_is_put_to_a_person(tmp_path):
    name = "Maria Meier_77_assignsubmission_file_/convolution.ipynb"
    kept, left = sort(files(tmp_path, {name: NOTEBOOK}), {}, {"maria_schmidt": "77"})
    assert kept == {} and "participant 77 was maria_schmidt before, and is maria_meier now" in left[name]


# ---------------------------------------------------------------- Canvas and Blackboard


def test_canvas_names_are_found_in_the_list_and_the_newest_version_counts(tmp_path):
    known = {identity("Anna Müller"): {"am99"}, identity("Ben Berg"): {"bb1"}}
    contents = {
        "muelleranna_12345_987654_convolution.ipynb": notebook("first"),
        "muelleranna_12345_987655_convolution-1.ipynb": notebook("second"),
        "muelleranna_LATE_12345_987656_convolution-12.ipynb": notebook("last"),
        "bergben_222_333_my work.ipynb": notebook("ben"),
        "newnoel_444_555_convolution.ipynb": notebook("new"),
    }
    kept, left = sort(files(tmp_path, contents), known)
    assert kept == {"am99": notebook("last"), "bb1": notebook("ben"), "newnoel": notebook("new")}
    assert all("not newer than muelleranna_LATE" in why for why in left.values()) and len(left) == 2


def test_students_whom_canvas_does_not_name_are_told_apart(tmp_path):
    contents = {
        "anon_x1y2z_555_convolution.ipynb": notebook("first"),
        "anon_x1y2z_556_convolution-1.ipynb": notebook("second"),
        "LATE_anon_aB3cD_557_convolution.ipynb": notebook("late"),
    }
    kept, left = sort(files(tmp_path, contents))
    assert kept == {"anon_x1y2z": notebook("second"), "anon_ab3cd": notebook("late")} and len(left) == 1


def test_two_of_one_canvas_name_are_put_to_a_person(tmp_path):
    contents = dict.fromkeys(["muelleranna_1_2_convolution.ipynb", "muelleranna_3_4_convolution.ipynb"], NOTEBOOK)
    kept, left = sort(files(tmp_path, contents))
    assert kept == {} and all("two participants are called muelleranna" in why for why in left.values())


def test_blackboards_newest_attempt_counts(tmp_path):
    contents = {
        "Assignment 3_am1815_attempt_2026-11-15-10-00-00_convolution.ipynb": notebook("later"),
        "Assignment 3_am1815_attempt_2026-11-14-10-00-00_convolution.ipynb": notebook("earlier"),
        "Assignment 3_am1815_attempt_2026-11-15-10-00-00.txt": b"Name: Anna",
    }
    kept, left = sort(files(tmp_path, contents))
    assert kept == {"am1815": notebook("later")} and len(left) == 2


@pytest.mark.parametrize(
    "name",
    [
        "muelleranna_111_444_x_ben-berg_attempt_2026-01-01-00-00-00.ipynb",
        "muelleranna_111_444_x_5_assignsubmission_file_.ipynb",
        "Anna_5_assignsubmission_file_x_ben_attempt_2026-01-01-00-00-00.ipynb",
    ],
)
def test_what_a_student_calls_a_file_names_nobody_else(tmp_path, name):
    """A name with the forms of two platforms was in part chosen by a student."""
    kept, left = sort(files(tmp_path, {name: NOTEBOOK}))
    assert kept == {} and "whose it is, is not clear" in left[name]


def test_of_two_times_the_platforms_counts(tmp_path):
    name = "HW_am1815_attempt_2026-11-15-10-00-00_x_bb1_attempt_2099-01-01-00-00-00.ipynb"
    kept, _ = collect.sort(files(tmp_path, {name: NOTEBOOK}), "convolution", ITEMS, {})
    assert list(kept) == ["am1815"] and collect.received(kept["am1815"], {}) == utc(2026, 11, 15, 10)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("HW_ada_attempt_0001-01-01-00-00-00.ipynb", NOTEBOOK),
        ("ada_convolution.ipynb", json.dumps({"worksheets": [{"cells": [{"cell_type": "heading", "level": 2.0, "source": "x"}]}]}).encode()),
        ("ada_convolution.ipynb", json.dumps({"worksheets": [{"cells": [{"cell_type": "heading", "level": [1], "source": ["x"]}]}]}).encode()),
    ],
)  # fmt: skip
def test_an_odd_file_costs_itself_alone(tmp_path, name, content):
    kept, left = sort(files(tmp_path, {name: content, "ben_convolution.ipynb": NOTEBOOK}))
    assert list(kept) == ["ben"] and list(left) == [name]


def test_whatever_reading_a_file_raises_costs_itself_alone(tmp_path, monkeypatch):
    read = collect.notebook_of
    monkeypatch.setattr(collect, "notebook_of", lambda data: 1 / 0 if b"odd" in data else read(data))
    kept, left = sort(
        files(tmp_path, {"ada_convolution.ipynb": notebook("odd"), "ben_convolution.ipynb": NOTEBOOK})
    )
    assert list(kept) == ["ben"] and "ZeroDivisionError" in left["ada_convolution.ipynb"]


def test_a_students_archive_is_bounded_where_the_platforms_was_unpacked_by_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_STUDENT_BYTES", 100_000)
    inner = packed([(f"{number}.ipynb", os.urandom(30_000)) for number in range(2)])
    path = tmp_path / "archive" / "Ada_1_assignsubmission_file_" / "all.zip"
    path.parent.mkdir(parents=True)
    path.write_bytes(packed([(f"{number}.zip", inner) for number in range(5)]))
    (tmp_path / "spool").mkdir()
    found = Download(tmp_path / "spool", lambda parts: bool(collect.students_in(parts, "convolution"))).files(
        tmp_path / "archive"
    )
    assert any("too much in one archive" in file.problem for file in found)
    assert sum(file.stat().st_size for file in (tmp_path / "spool").iterdir()) <= 100_000


def test_links_without_end_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_STUDENT_FILES", 20)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        for number in range(500):
            member = tarfile.TarInfo(f"{number}.ipynb")
            member.type, member.linkname = tarfile.SYMTYPE, "x"
            archive.addfile(member)
    whole = packed([("Ada_1_assignsubmission_file_/x.tar.gz", tar.getvalue())])
    _, left = sort(files(tmp_path, {"download.zip": whole}))
    assert len(left) <= 22


# ---------------------------------------------------------------- times, and whose a number is


def utc(*parts):
    return datetime(*parts).astimezone(UTC).replace(tzinfo=None)


def test_an_archive_tells_no_time(tmp_path):
    """Moodle 4 and Canvas write the time of the download into it; a worksheet tells, and the name of a file of Blackboard's."""
    whole = packed(
        [
            ("Ada_1_assignsubmission_file_/convolution.ipynb", NOTEBOOK, NEW),
            ("Ben_2_assignsubmission_file_/convolution.ipynb", NOTEBOOK, NEW),
            ("cy_LATE_7_8_convolution.ipynb", NOTEBOOK, NEW),
            ("HW_dee_attempt_2026-11-15-00-30-12_convolution.ipynb", NOTEBOOK, NEW),
        ]
    )
    kept, _ = collect.sort(files(tmp_path, {"download.zip": whole}), "convolution", ITEMS, {})
    found = {
        student: collect.received(one, {"1": utc(2026, 1, 1), "7": utc(2026, 1, 1)})
        for student, one in kept.items()
    }
    assert found == {"ada": utc(2026, 1, 1), "ben": None, "cy": None, "dee": utc(2026, 11, 15, 0, 30, 12)}
    assert [student for student, one in kept.items() if one.named.late] == ["cy"]


WORKSHEETS = {
    "in English": 'Identifier,"Full name",Status,"Last modified (submission)"\nParticipant 1,Ada,Submitted,"Sunday, 15 November 2026, 12:30 AM"\nParticipant 2,Ben,-,-\n',
    "in German": 'ID;"Vollständiger Name";Status;"Zuletzt geändert (Abgabe)"\nTeilnehmer/in1;Ada;Abgegeben;"Sonntag, 15. November 2026, 00:30"\n',
    "in French": 'Identifiant,"Nom complet",Statut,"Dernière modification (travail remis)"\nParticipant 1,Ada,Remis,"dimanche 15 novembre 2026, 00:30"\n',
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("language", WORKSHEETS)
def test_moodles_worksheet_tells_when(tmp_path, language, encoding):
    (tmp_path / "Grades.CSV").write_bytes(WORKSHEETS[language].encode(encoding))
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    found = participants.read_worksheets(tmp_path, "collected.csv")
    assert found.times == {"1": utc(2026, 11, 15, 0, 30)} and found.unread == []


def test_of_two_worksheets_the_later_time_counts(tmp_path):
    """A browser calls the second one " (1)", which comes before the first one's ending in the alphabet."""
    for name, day in (("Grades", 2), ("Grades (1)", 5)):
        text = f'Identifier,"Last modified (submission)"\nParticipant 1,"{day} November 2026, 10:00 AM"\n'
        (tmp_path / f"{name}.csv").write_text(text)
    assert participants.read_worksheets(tmp_path, "collected.csv").times == {"1": utc(2026, 11, 5, 10)}


def test_times_that_cannot_be_read_are_said(tmp_path):
    path = tmp_path / "Grades.csv"
    path.write_text('Identifier,"Last modified (submission)"\nParticipant 3,"15/11/2026, 00:30"\n')
    assert "cannot be read as a time" in participants.read_worksheets(tmp_path, "collected.csv").unread[0]
    path.write_text(
        'Identyfikator,"Ostatnia modyfikacja",Ocena\nUczestnik 3,"niedziela, 15 listopada 2026, 00:30",2026-11-20 10:00\n'
    )
    found = participants.read_worksheets(tmp_path, "collected.csv")
    assert "no column is known to say when they handed in" in found.unread[0]
    assert found.times == {}, "what could be read is when they were graded"


def test_a_list_that_is_no_worksheet_tells_nothing(tmp_path):
    (tmp_path / "list.csv").write_text("username,email address\nstudent12,b@x\nstudent13,c@x\nada,a@x\n")
    found = participants.read_worksheets(tmp_path, "collected.csv")
    assert found.keys == {} and found.unread == []


def test_no_student_tells_the_time_of_others(tmp_path):
    """What lies below the folder for worksheets was handed in; a table that is none is said."""
    inside = tmp_path / "archive/Anna_7_assignsubmission_file_/data.csv"
    inside.parent.mkdir(parents=True)
    inside.write_text('Identifier,"Last modified (submission)"\nParticipant 8,2027-01-01 00:00\n')
    (tmp_path / "broken.csv").write_text('name,size\n"5 inch pipe,5\n' + "a pipe,4\n" * 20_000)
    found = participants.read_worksheets(tmp_path, "collected.csv")
    assert found.times == {} and "broken.csv: line 2: a quotation mark is opened" in found.unread[0]


def known_of(**names):
    """Students of a course, by id, with what they are called."""
    found = participants.Known({}, {})
    for student, name in names.items():
        found.by_name.setdefault(identity(name), set()).add(student)
        found.by_key.setdefault(student, set()).add(student)
    return found


def test_a_worksheet_tells_whose_a_number_is(tmp_path):
    """By id, by address, or by a name that the folder spells without its apostrophe."""
    known = known_of(s1="Sean O'Neill", s2="Anna Müller", s3="Anna Müller", s4="Di Du")
    known.by_key["du@example.org"] = {"s4"}
    (tmp_path / "grades.csv").write_text(
        "Identifier,Full name,ID number,Email address\nParticipant 12,Sean O'Neill,,\nParticipant 13,Anna Müller,s3,\n"
        "Participant 14,Anna Müller,,\nParticipant 15,Somebody Else,,DU@example.org\n",
        encoding="utf-8",
    )
    owners = participants.owners_of(participants.read_worksheets(tmp_path, "collected.csv"), known)
    assert {key: owner.student for key, owner in owners.items()} == {
        ("moodle", "12"): "s1",
        ("moodle", "13"): "s3",
        ("moodle", "15"): "s4",
    }
    folder = tmp_path / "archive"
    found = files(
        folder,
        {
            "Sean ONeill_12_assignsubmission_file_/convolution.ipynb": NOTEBOOK,
            "Anna Müller_13_assignsubmission_file_/convolution.ipynb": NOTEBOOK,
        },
    )
    assert sorted(collect.sort(found, "convolution", ITEMS, known.by_name, {}, owners)[0]) == ["s1", "s3"]


@pytest.mark.parametrize("group", ["A1", "Mi 14-16", "Team-Blau", "3"])
def test_with_a_worksheet_any_groups_name_may_stand_in_front(tmp_path, group):
    known = known_of(anna="Anna-Lena Schmidt", cleo="Cleo Cha")
    (tmp_path / "grades.csv").write_text(
        "Identifier,Full name\nParticipant 11,Anna-Lena Schmidt\nParticipant 12,Cleo Cha\n"
    )
    owners = participants.owners_of(participants.read_worksheets(tmp_path, "collected.csv"), known)
    handed_in = {
        f"{group}-{name}_{number}_assignsubmission_file_/convolution.ipynb": NOTEBOOK
        for name, number in (("Anna-Lena Schmidt", 11), ("Cleo Cha", 12), ("Cleo Cha", 11))
    }
    kept, left = collect.sort(
        files(tmp_path / "archive", handed_in), "convolution", ITEMS, known.by_name, {}, owners
    )
    assert sorted(kept) == ["anna", "cleo"]
    assert len(left) == 1 and "by its number it is anna's, and by its name it is not" in left[0][1]


def test_a_worksheet_of_another_assignment_gives_nobody_the_work_of_others(tmp_path):
    """Its numbers are other people's: number and name do not belong together."""
    known = known_of(anna="Anna M", ben="Ben B")
    (tmp_path / "grades.csv").write_text("Identifier,Full name\nParticipant 12,Ben B\nParticipant 13,Cleo C\n")
    owners = participants.owners_of(participants.read_worksheets(tmp_path, "collected.csv"), known)
    name = "Anna M_12_assignsubmission_file_/convolution.ipynb"
    kept, left = collect.sort(
        files(tmp_path / "archive", {name: NOTEBOOK}), "convolution", ITEMS, known.by_name, {}, owners
    )
    assert kept == {} and "by its number it is ben's, and by its name it is not" in left[0][1]


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("bergben_7_7001_convolution.ipynb", "7"),  # of two who are called so
        ("delacruzgarcíamaríajoséelena_5_7001_convolution.ipynb", "5"),
        ("शर्माराज_8_7001_convolution.ipynb", "8"),
        ("bennyberg_6_7001_convolution.ipynb", "6"),  # goes by another first name
    ],
)
def test_canvas_number_is_the_id_that_its_list_gave(tmp_path, name, student):
    people = {
        "5": "María José Elena de la Cruz García",
        "6": "Ben Berg",
        "7": "Ben Berg",
        "8": "राज शर्मा",
        "12": "Cleo Cha",
    }
    known = known_of(**people)
    owners = participants.owners_of(participants.Worksheets(), known)
    found = files(tmp_path, {name: NOTEBOOK})
    assert list(collect.sort(found, "convolution", ITEMS, known.by_name, {}, owners)[0]) == [student]
    found = files(tmp_path / "other", {"duda_12_7001_convolution.ipynb": NOTEBOOK})
    kept, left = collect.sort(found, "convolution", ITEMS, known.by_name, {}, owners)
    assert kept == {} and "by its number it is 12's, and by its name it is not" in left[0][1]


# ---------------------------------------------------------------- bounds


@pytest.mark.parametrize("name", ["Ж" * 130, "\ufdfa" * 20], ids=["long in bytes", "long once it is spelled out"])
def test_a_name_that_is_too_long_for_a_folder_is_put_to_a_person(tmp_path, name):
    whole = packed(
        [
            (f"{name}_2_assignsubmission_file_/hw.ipynb", NOTEBOOK),
            ("Ben_3_assignsubmission_file_/hw.ipynb", NOTEBOOK),
        ]
    )
    kept, left = sort(files(tmp_path, {"download.zip": whole}))
    assert list(kept) == ["ben"] and "too long" in next(iter(left.values()))


def test_a_path_of_millions_of_parts_is_one_name_that_is_too_long(tmp_path):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        member = tarfile.TarInfo("a/" * 1_000_000 + "x.ipynb")
        archive.addfile(member)
    _, left = sort(files(tmp_path, {"ada_convolution.tar.gz": tar.getvalue()}))
    assert len(next(iter(left))) < 1000 and "a name of more than 200 characters" in left.values()


def test_the_table_of_contents_of_a_large_zip_is_bounded_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_DIRECTORY", 1000)
    data = packed([("convolution.ipynb", NOTEBOOK)])
    place = data.rindex(b"PK\x05\x06")
    large = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 10**6, 0)
    (tmp_path / "ada_convolution.zip").write_bytes(data[:place] + large + data[place:])
    _, left = sort(files_in(tmp_path))
    assert left == {"ada_convolution.zip": "too many files in one archive"}


def test_a_students_archive_is_bounded_and_costs_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MAX_STUDENT_BYTES", 100_000)
    monkeypatch.setattr(download, "MAX_STUDENT_FILES", 20)
    large = packed([(f"{number}.ipynb", os.urandom(30_000)) for number in range(9)])
    many = packed([(f"{number}.png", b"") for number in range(30)])
    contents = [
        ("Ada_1_assignsubmission_file_/x.zip", large),
        ("Ben_2_assignsubmission_file_/x.zip", many),
        ("Cy_3_assignsubmission_file_/convolution.ipynb", NOTEBOOK),
    ]
    kept, left = sort(files(tmp_path, {"download.zip": packed(contents)}))
    assert kept == {"cy": NOTEBOOK}
    whole = "download.zip/{}_assignsubmission_file_/x.zip"
    assert (
        "an archive of more than" in left[whole.format("Ada_1")]
        and left[whole.format("Ben_2")] == "too many files in one archive"
    )


def test_what_is_packed_far_too_tightly_is_not_unpacked(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("convolution.ipynb", bytes(15 << 20))
    kept, left = sort(
        files(tmp_path, {"ada_convolution.zip": buffer.getvalue(), "ben_convolution.ipynb": NOTEBOOK})
    )
    assert kept == {"ben": NOTEBOOK} and set(left.values()) == {"packed far too tightly for a notebook"}


def test_a_tar_with_a_header_of_gigabytes_is_refused(tmp_path):
    header = tarfile.TarInfo("x")
    header.type, header.size = b"x", 3 << 30
    (tmp_path / "ada_convolution.tar.gz").write_bytes(gzip.compress(header.tobuf() + bytes(1 << 20)))
    _, left = sort(files_in(tmp_path))
    assert "header of impossible size" in left["ada_convolution.tar.gz"]


def test_old_formats_and_encodings_are_read_as_grading_reads_them(tmp_path):
    new = nbformat.from_dict(json.loads(notebook("größer")))
    contents = {
        "ada_convolution.ipynb": nbformat.writes(nbformat.convert(new, 3), version=3).encode(),
        "ben_convolution.ipynb": json.dumps(new, ensure_ascii=False).encode("cp1252"),
        "cy_convolution.ipynb": json.dumps(new).encode("utf-16"),
    }
    kept, left = sort(files(tmp_path, contents))
    assert sorted(kept) == ["ada", "ben", "cy"] and left == {}


def test_a_notebook_without_metadata_is_known_by_what_it_checks(tmp_path):
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": 'check("conv2d", conv2d)',
            "outputs": [],
            "execution_count": None,
        }
    ]
    lost = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    assert sort(files(tmp_path, {"ada_convolution.ipynb": lost}))[0] == {"ada": lost}


def test_a_spreadsheet_computes_nothing_of_what_a_student_has_written(tmp_path):
    left = [(collect_file("=HYPERLINK(1).ipynb"), "no student's name"), (collect_file("+1.ipynb"), "@x")]
    collect.write_list(tmp_path / "list.csv", {}, left, {})
    with (tmp_path / "list.csv").open(encoding="utf-8") as file:
        assert [[row["file"], row["reason"]] for row in csv.DictReader(file)] == [
            ["'=HYPERLINK(1).ipynb", "no student's name"],
            ["'+1.ipynb", "'@x"],
        ]


def collect_file(name):
    return download.File((name,), ())


# ---------------------------------------------------------------- the whole way


@pytest.fixture
def folder(tmp_path):
    copy_course(ROOT, tmp_path / "course")
    (tmp_path / "course/release/convolution").mkdir(parents=True)
    notebook = ROOT / "release/convolution/convolution.ipynb"
    (tmp_path / "course/release/convolution/convolution.ipynb").write_bytes(notebook.read_bytes())
    download = packed(
        [
            ("Anna Müller_1_assignsubmission_file_/convolution.ipynb", notebook.read_bytes()),
            ("Ben Berg_2_assignsubmission_file_/notes.txt", b"sorry"),
        ]
    )
    archive = tmp_path / "course/downloaded/convolution/archive"
    archive.mkdir(parents=True)
    (archive / "download.zip").write_bytes(download)
    (archive / "Chen, Cy_convolution (1).ipynb").write_bytes(notebook.read_bytes())
    return tmp_path / "course"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("course", "collect", "convolution"), ("nbgrader", "zip_collect", "convolution")]
)
def test_the_command_and_nbgraders_own_sort_a_download(folder, words):
    from test_course import course

    done = course(folder, *words[1:], program=words[0])
    submitted = {path.relative_to(folder).as_posix() for path in (folder / "submitted").rglob("*.ipynb")}
    assert submitted == {
        f"submitted/{student}/convolution/convolution.ipynb" for student in ("anna_mueller", "chen_cy")
    }
    with (folder / "downloaded/convolution/collected.csv").open(encoding="utf-8") as file:
        rows = {row["file"]: row["student"] or row["reason"] for row in csv.DictReader(file)}
    assert rows == {
        "download.zip/Anna Müller_1_assignsubmission_file_/convolution.ipynb": "anna_mueller",
        "download.zip/Ben Berg_2_assignsubmission_file_/notes.txt": "no notebook",
        "Chen, Cy_convolution (1).ipynb": "chen_cy",
    }
    assert "notes.txt: no notebook" in done.stderr
    assert "Traceback" not in done.stderr
    if words[0] == "course":
        assert done.stdout == (
            "convolution: 2 submissions in submitted/NAME/convolution\n"
            "convolution: when they were handed in is not known; for Moodle, its grading worksheet (CSV) in downloaded/convolution "
            "would tell\n"
        )
        assert done.returncode == 1, "a file was left"
        again = course(folder, "collect", "convolution")
        assert again.stdout == done.stdout, "a second download takes the place of the first"


@pytest.mark.slow
def test_a_roster_names_the_students(folder):
    from test_course import course

    words = ["db", "student", "add", "am99", "--first-name=Anna", "--last-name=Müller"]
    assert course(folder, *words, program="nbgrader").returncode == 0
    course(folder, "collect", "convolution")
    assert (folder / "submitted/am99/convolution/convolution.ipynb").is_file()


def test_without_a_download_the_command_says_where_to_put_it(folder):
    from test_course import course

    for path in (folder / "downloaded").rglob("*.*"):
        path.unlink()
    assert (
        "put it, packed or unpacked, into downloaded/convolution/archive first"
        in course(folder, "collect", "convolution").stderr
    )


@pytest.mark.slow
def test_times_reach_the_gradebook_and_who_is_late_is_said(folder, monkeypatch):
    """The platform's time, in the form that `course grade` and nbgrader read."""
    from test_course import BIN, course

    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")  # nbgrader looks for its `alembic` there
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment("convolution", duedate="2025-12-31 00:00:00 UTC")
    worksheet, text = folder / "downloaded/convolution/grades.csv", WORKSHEETS["in English"]
    worksheet.write_text(text, encoding="utf-8")
    done = course(folder, "collect", "convolution")
    assert (
        "participant 1 is Ada in a worksheet and Anna Müller in the download: is the worksheet another"
        in done.stderr
    )
    assert not (folder / "submitted/anna_mueller/convolution/timestamp.txt").exists()
    assert "after the due date" not in done.stdout, "nor is anybody called late by it"
    worksheet.write_text(text.replace("Ada", "Anna Müller"), encoding="utf-8")
    done = course(folder, "collect", "convolution")
    here = datetime(2025, 12, 31, tzinfo=UTC).astimezone()
    assert f"convolution: 1 of 2 have a time; 1 is after the due date, {here:%Y-%m-%d %H:%M %z}" in done.stdout
    assert "another time zone" not in done.stdout
    text = (folder / "submitted/anna_mueller/convolution/timestamp.txt").read_text()
    assert time_of(text) == utc(2026, 11, 15, 0, 30)
    (folder / "deadlines.csv").write_text("assignment,due,penalty\nconvolution,2025-12-31T05:30+05:30,\n")
    done = course(folder, "collect", "convolution")
    assert "1 is after the due date" in done.stdout and "set in another time zone (+0530)" in done.stdout
    assert not (folder / "submitted/chen_cy/convolution/timestamp.txt").exists()


@pytest.mark.slow
def test_a_part_of_a_download_leaves_the_rest_known_and_strangers_are_said(folder):
    """Whose numbers were known stay known; who is not on the list may be somebody who is."""
    from test_course import course

    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook:
        gradebook.add_student("am99", first_name="Anna", last_name="Müller")
        gradebook.add_student("cc1", first_name="Cyril", last_name="Chen")
    done = course(folder, "collect", "convolution")
    assert "chen_cy is not on the course's list" in done.stderr and "course rename chen_cy cc1" in done.stderr
    (folder / "downloaded/convolution/archive/download.zip").unlink()
    done = course(folder, "collect", "convolution")
    assert (
        "1 submissions in submitted" in done.stdout and "not in this download: am99; what was there" in done.stderr
    )
    listed = folder / "downloaded/convolution/collected.csv"
    assert collect.numbers_in(listed) == {"am99": "1", "chen_cy": ""}
    listed.write_text(
        listed.read_text(encoding="utf-8").replace(",", ";") + "\n;;;;\n", encoding="utf-8"
    )  # by a spreadsheet
    assert collect.numbers_in(listed) == {"am99": "1", "chen_cy": ""}
    beside = folder / "submitted/chen_cy/convolution/timestamp.txt"
    beside.write_text("2026-12-02 08:15 +01:00")
    course(folder, "collect", "convolution")
    assert time_of(beside.read_text()) == datetime(2026, 12, 2, 7, 15), (
        "a time that somebody wrote stays with its notebook"
    )
