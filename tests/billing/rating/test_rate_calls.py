"""`manage.py rate_calls`: decks and calls as files, checked by hand."""

import gzip
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

DECK = """prefix,destination,rate_per_minute,connect_fee,increment_seconds,minimum_seconds
7,Russia,2.4000,0,60,60
7495,"Russia, Moscow fixed",0.7200,0,60,60
1340,United States mobile,11.2358,0,1,1
1900,United States premium,160.0000,20.0000,60,60
"""


def run(folder: Path, deck: str, calls: str, **options: str) -> list[str]:
    (folder / "deck.csv").write_text(deck)
    (folder / "calls.csv").write_text(calls)
    out, err = io.StringIO(), io.StringIO()
    call_command("rate_calls", str(folder / "deck.csv"), str(folder / "calls.csv"), stdout=out, stderr=err, **options)
    return [*out.getvalue().splitlines(), err.getvalue().strip()]


def test_the_longest_prefix_and_exact_amounts(tmp_path: Path) -> None:
    calls = """id,account,number,answered_at,duration_seconds
a,office,+7 (495) 123-45-67,2026-03-04T10:00:00Z,83
b,,79161234567,2026-03-04T10:00:00+03:00,60
c,,0013405551234,2026-03-04 10:00:00,7.5
d,,19005551234,2026-03-04T10:00:00Z,1
e,,74951234567,,0
f,,112,2026-03-04T10:00:00Z,600
g,,13405551234,2026-03-04T10:00:00Z,9
"""
    assert run(tmp_path, DECK, calls) == [
        "id,account,number,prefix,destination,answered_at,seconds,bundle_seconds,billed_seconds,exact,amount",
        'a,office,74951234567,7495,"Russia, Moscow fixed",2026-03-04T10:00:00+00:00,83,0,120,1.4400,1.4400',
        "b,,79161234567,7,Russia,2026-03-04T10:00:00+03:00,60,0,60,2.4000,2.4000",
        "c,,13405551234,1340,United States mobile,2026-03-04T10:00:00+00:00,8,0,8,56179/37500,1.4981",
        "d,,19005551234,1900,United States premium,2026-03-04T10:00:00+00:00,1,0,60,180.0000,180.0000",
        'e,,74951234567,7495,"Russia, Moscow fixed",,0,0,0,0,0.0000',
        "f,,112,,,2026-03-04T10:00:00+00:00,600,0,0,0,0",
        "g,,13405551234,1340,United States mobile,2026-03-04T10:00:00+00:00,9,0,9,1.68537,1.6854",
        "7 calls, 257 s billed (0 s of them from bundles), 187.0235 in all",
    ]


def test_slots_periods_bundles_and_rounding_as_json(tmp_path: Path) -> None:
    deck = (
        "prefix;destination;connect_fee;increment_seconds;minimum_seconds;slots;periods;rounding;group\n"
        '49;Germany;0.1;1;;"[{""from"":0,""price"":3,""per"":60,""step"":60},{""from"":60,""price"":0.6,""step"":1}]";'
        '"[{""name"":""night"",""from"":""18:00"",""to"":""08:00"",""factor"":""0.5"",""connect_fee"":0}]";'
        '"{""mode"":""up"",""places"":2}";europe\n'
    )
    calls = (
        "id;number;answered_at;ended_at;bundles\n"
        "day;4930123456;2026-03-04T12:00:00Z;2026-03-04T12:01:01Z;\n"
        "night;4930123456;2026-03-04T19:00:00Z;2026-03-04T19:01:01Z;\n"
        'pack;4930123456;2026-03-04T12:00:00Z;2026-03-04T12:01:10Z;"[{""id"":""p"",""seconds"":100,""destinations"":[""europe""]}]"\n'
        'rest;4930123456;2026-03-04T12:00:00Z;2026-03-04T12:01:10Z;"[""p""]"\n'
    )
    lines = run(tmp_path, deck, calls, zone="Europe/Berlin")
    assert [line.split(",")[-4:] for line in lines[1:-1]] == [
        ["0", "61", "3.110", "3.11"],
        ["0", "61", "1.505", "1.51"],
        ["70", "70", "0.100", "0.10"],
        ["30", "90", "3.100", "3.10"],  # the bundle's last 30 s, then a step of the dear slot
    ]
    assert lines[-1] == "4 calls, 282 s billed (100 s of them from bundles), 7.82 in all"


@pytest.mark.parametrize(
    ("deck", "calls", "said"),
    [
        (
            DECK + "7,Again,1,0,60,60\n",
            "number\n",
            "deck.csv: line 6: prefix 7 stands on line 2 already",
        ),
        (DECK + "8x,Odd,1,0,60,60\n", "number\n", "deck.csv: line 6, column prefix: “8x” is no telephone number"),
        (DECK + "81,Japan,-1,0,60,60\n", "number\n", "deck.csv: line 6: rate_per_minute: “-1” is no price"),
        (DECK + "81,Japan,NaN,0,60,60\n", "number\n", "deck.csv: line 6: rate_per_minute: “NaN” is no price"),
        (DECK + "81,Japan,1,0,0,60\n", "number\n", "deck.csv: line 6: a slot's “per” and “step” are 1 to 86400"),
        (DECK + "81,Japan,1,0,60\n", "number\n", "deck.csv: line 6: 5 columns where the header has 6"),
        ("prefix,destination\n", "number\n", "deck.csv: the deck has no rates"),
        (
            "prefix,destination,slots\n7,Russia,{oops\n",
            "number\n",
            "deck.csv: line 2, column slots: “{oops” is no JSON",
        ),
        ("prefix,destination,slots\n7,Russia,[5]\n", "number\n", "deck.csv: line 2: slots: give an object"),
        ("prefix,price\n1,2\n", "number\n", "line 1: the column “destination” is missing"),
        ("prefix,destination,prise\n", "number\n", "line 1: the column “prise” is unknown"),
        (DECK, "number,answered_at\n7495,2026-03-04T10:00:00Z\n", "calls.csv: line 2: an answered call needs"),
        (
            DECK,
            "number,answered_at,duration_seconds\n7495,,0\n5,2026-03-04T10:00:00Z,5\n",
            "line 3, column number: the deck has no",
        ),
        (
            DECK,
            "number,answered_at,duration_seconds\n7495,yesterday,5\n",
            "line 2, column answered_at: “yesterday” is no instant",
        ),
        (
            DECK,
            "number,answered_at,duration_seconds\n7495,2026-03-04T10:00:00Z,-5\n",
            "line 2, column duration_seconds: “-5” is no duration",
        ),
        (
            DECK,
            "number,answered_at,ended_at\n7495,2026-03-04T10:00:00Z,2026-03-04T09:00:00Z\n",
            "line 2, column ended_at: the call ends before it is answered",
        ),
        (DECK, 'number,answered_at,duration_seconds,bundles\n7495,2026-03-04T10:00:00Z,5,"[""x""]"\n', "brings the"),
        (DECK + '81,Japan,"0,72",0,60,60\n', "number\n", "line 6: rate_per_minute: write “0,72” with a point"),
        (DECK + "81,Japan,1_000,0,60,60\n", "number\n", "line 6: rate_per_minute: “1_000” is no price"),
        (DECK + "81,Japan,1,0,60,90000\n", "number\n", "line 6, column minimum_seconds: seconds must be 0 to 86400"),
        ("", "number\n", "deck.csv: line 1: the first line must name the columns: prefix, destination"),
        ("prefix,destination,slots\n7,Russia," + "[" * 100_000 + "\n", "number\n", "column slots: “[[["),
        (DECK, "", "calls.csv: line 1: the first line must name the columns: id, number"),
        (DECK, "number,duration_seconds\n7495,60\n", "line 1: the column “answered_at” is missing"),
        (DECK, "number,answered_at,duration_seconds\n7495,0001-01-01T00:00:00+14:00,5\n", "is no instant"),
        (DECK, "number,answered_at,duration_seconds\n7495,2026-03-04T10:00:00Z,99999999999\n", "is no duration"),
        (DECK, "number,answered_at,duration_seconds\n7495,2026-03-04T10:00:00Z,NaN\n", "is no duration"),
        (DECK, 'number,answered_at\n"7495', "line 2: this is no CSV"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_written(tmp_path: Path, deck: str, calls: str, said: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(tmp_path, deck, calls, out=tmp_path / "out.csv")
    assert said in str(refused.value)
    assert str(refused.value).endswith("Nothing was rated.")
    assert not (tmp_path / "out.csv").exists()


def test_packed_calls_and_a_file_for_the_answer(tmp_path: Path) -> None:
    (tmp_path / "deck.csv").write_text(DECK)
    with gzip.open(tmp_path / "calls.csv.gz", "wt") as packed:
        packed.write("number,answered_at,duration_seconds\n79160000000,2026-03-04T10:00:00Z,61\n")
    out = tmp_path / "out.csv"
    call_command(
        "rate_calls", str(tmp_path / "deck.csv"), str(tmp_path / "calls.csv.gz"), out=out, stderr=io.StringIO()
    )
    assert out.read_text().splitlines()[1].endswith("61,0,120,4.8000,4.8000")


CALLS = "number,answered_at,duration_seconds\n79160000000,2026-03-04T10:00:00Z,61\n"


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        (b"\xef\xbb\xbf" + CALLS.replace(",", ";").replace("\n", "\r\n").encode(), ""),
        (CALLS.replace(",", "\t").encode(), ""),
        (gzip.compress(CALLS.encode(), mtime=0), ""),
        (gzip.compress(CALLS.encode(), mtime=0)[:-9], "calls.csv: line 3: the packed file is damaged or cut off"),
        (CALLS.encode("utf-16"), "calls.csv: line 1: this is no UTF-8, save the file as “CSV UTF-8”"),
        (CALLS.encode() + b"7916,\xff,1\n", "calls.csv: line 3: this is no UTF-8"),
        (CALLS.encode() + b"7" * 2**21, "calls.csv: line 3: this is no CSV: a line of more than a million signs"),
    ],
)
def test_files_as_other_programs_write_them(tmp_path: Path, calls: bytes, said: str) -> None:
    (tmp_path / "deck.csv").write_text(DECK)
    (tmp_path / "calls.csv").write_bytes(calls)
    out, err = io.StringIO(), io.StringIO()
    files = [str(tmp_path / "deck.csv"), str(tmp_path / "calls.csv")]
    if not said:
        call_command("rate_calls", *files, stdout=out, stderr=err)
        assert out.getvalue().splitlines()[1].endswith("61,0,120,4.8000,4.8000")
        return
    with pytest.raises(CommandError) as refused:
        call_command("rate_calls", *files, stdout=out, stderr=err)
    assert said in str(refused.value)
    assert out.getvalue() == ""


def test_many_wrong_lines_are_named_at_once(tmp_path: Path) -> None:
    wrong = "".join(f"79160000000,2026-03-04T10:00:00Z,{text}\n" for text in ("x", "5", "-1", "1,2"))
    with pytest.raises(CommandError) as refused:
        run(tmp_path, DECK, CALLS + wrong)
    assert [line.partition(": ")[2] for line in str(refused.value).splitlines()] == [
        "line 3, column duration_seconds: “x” is no duration in seconds, write 83 or 83.4",
        "line 5, column duration_seconds: “-1” is no duration in seconds, write 83 or 83.4",
        "line 6: 4 columns where the header has 3. Nothing was rated.",
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"zone": "Mars/Base"}, "--zone: there is no time zone “Mars/Base”"),
        ({"rounding": '{"mode": "sideways"}'}, "--rounding: mode: “sideways” is none of half_up, half_even, up, down"),
        ({"rounding": '{"places": 9}'}, "--rounding: round to 0 to 6 places, not 9"),
        ({"holidays": "2026-13-01"}, "--holidays: “2026-13-01” is no day"),
        ({"out": Path("/nowhere/out.csv")}, "/nowhere/out.csv: No such file or directory"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        run(tmp_path, DECK, CALLS, **options)
    assert str(refused.value).startswith(said)


def test_it_needs_no_servers_no_settings_and_no_secrets(tmp_path: Path) -> None:
    (tmp_path / "deck.csv").write_text(DECK)
    (tmp_path / "calls.csv").write_text(CALLS)
    manage = Path(__file__).parents[3] / "manage.py"

    def typed(*words: str) -> "subprocess.CompletedProcess[str]":
        bare = {"PATH": os.environ["PATH"]}
        command = [sys.executable, str(manage), "rate_calls", *words]
        return subprocess.run(command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False)

    done = typed("deck.csv", "calls.csv")
    assert (done.returncode, done.stderr) == (0, "1 calls, 120 s billed (0 s of them from bundles), 4.8000 in all\n")
    assert done.stdout.splitlines()[1].endswith("61,0,120,4.8000,4.8000")
    missing = typed("deck.csv", "none.csv")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr == "CommandError: none.csv: No such file or directory. Nothing was rated.\n"
    assert typed("deck.csv").returncode == 2
