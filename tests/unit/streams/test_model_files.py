"""Journey models from files: which ones apply, and what is said of those that do not."""

from pathlib import Path

import pytest

from streams.journey.model import models_of
from streams.journey.model_spec import ModelError
from streams.model_files import load_models, read_model

PHASE = "phases: [{id: a, enter: [{rule: r, all: [{types: [page_viewed]}]}]}]"


def model(name: str, more: str = "", phases: str = PHASE) -> str:
    return f"name: {name}\nversion: 1\n{phases}\n{more}\n"


def write(folder: Path, file: str, text: str) -> str:
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)


def names(setting: str) -> list[str]:
    return [spec.name for spec in load_models(setting)]


def test_without_a_setting_the_built_in_model_applies() -> None:
    """Five phases and dormancy, with labels in French and English."""
    (spec,) = load_models("")
    assert [phase.id for phase in spec.phases] == [
        *("awareness", "acquisition", "onboarding", "engagement", "advocacy"),
        "dormant",
    ]
    assert all(phase.label.keys() == {"en", "fr"} for phase in spec.phases)
    assert [silence.after_days for silence in spec.dormancy] == [180]


def test_files_apply_in_their_order(tmp_path: Path) -> None:
    """The first is the default model; one file may hold several."""
    one = write(tmp_path, "one.yaml", model("b") + "---\n" + model("a"))
    assert names(one) == ["b", "a"]
    assert names(f"{one}, built-in") == ["b", "a", "default"]
    assert names(f"built-in,{one}") == ["default", "b", "a"]


def test_models_of_a_folder_stand_beside_the_default_one(tmp_path: Path) -> None:
    """In the order of their names; a model named default replaces the built-in one."""
    write(tmp_path, "z.yaml", model("a"))
    write(tmp_path, "b.yml", model("b"))
    write(tmp_path, "notes.txt", "no model")
    assert names(str(tmp_path)) == ["default", "b", "a"]
    write(tmp_path, "zz.yaml", model("default"))
    assert names(str(tmp_path)) == ["default", "b", "a"]
    assert len(load_models(str(tmp_path))[0].phases) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", r"m\.yaml: no YAML: .*line 1"),
        ("", r"m\.yaml: holds no model"),
        (model("m") + "---\n" + model("n"), r"m\.yaml: holds 2 models; put each"),
        (model("m", "colour: red"), r"m\.yaml: .*colour.*docs/phases\.md"),
        (
            model("m").replace("[page_viewed]", "[]"),
            r"\$\.phases\[0\]\.enter\[0\]\.all",
        ),
        (model("m").replace("page_viewed", "page_veiwed"), "write page_viewed"),
        (model("m").replace("page_viewed", "purchase"), "write order_completed"),
        (model("m").replace("page_viewed", "zzz"), "begin with `custom_`"),
        (model("m").replace("all: [{types: [page_viewed]}]", ""), "add `all` or `any`"),
        (model("m", phases="phases: [{id: a}]"), "nothing leads into a; give it"),
        (model("m", "only: {}"), r"\$\.only: names nothing"),
        (
            model("m", "dormancy: [{rule: r, after_days: 9, to: gone}]"),
            r"\$\.dormancy\[0\]\.to: there is no phase gone; known: a",
        ),
        (
            model("m", "dormancy: [{rule: r, after_days: 9, to: a, from: [a]}]"),
            "leads from a to itself",
        ),
        (
            model("m").replace(
                "{types: [page_viewed]}", "{types: [page_viewed], currency: EUR}"
            ),
            "belong together",
        ),
        (
            model("m").replace(
                "{types: [page_viewed]}",
                "{types: [page_viewed], currency: EUR, at_least_minor: 5}",
            ),
            r"only orders have a value: types: \[order_completed\]",
        ),
    ],
)
def test_a_file_that_means_no_model_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    """With its name, the place in it, and what to do."""
    path = Path(write(tmp_path, "m.yaml", text))
    with pytest.raises(ModelError, match=said):
        read_model(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """So that a mistyped setting is found."""
    with pytest.raises(ModelError, match=r"gone\.yaml: cannot be read \(No such file"):
        load_models(str(tmp_path / "gone.yaml"))


def test_one_name_in_two_files_is_refused(tmp_path: Path) -> None:
    """Both files are named."""
    one = write(tmp_path, "one.yaml", model("m"))
    two = write(tmp_path, "two.yaml", model("m"))
    with pytest.raises(ModelError, match=r"two\.yaml: model m stands in .*one\.yaml"):
        load_models(f"{one},{two}")


def test_types_of_a_retailers_own_may_be_counted(tmp_path: Path) -> None:
    """With the prefix always, without it where the pipeline accepts them."""
    own = write(tmp_path, "m.yaml", model("m").replace("page_viewed", "custom_fitting"))
    assert read_model(Path(own)).name == "m"
    other = write(tmp_path, "n.yaml", model("n").replace("page_viewed", "fitting"))
    assert load_models(other, any_type=True)[0].name == "n"


def test_the_example_of_the_guide_is_a_model(tmp_path: Path) -> None:
    """What docs/phases.md shows can be used as it stands."""
    text = (Path(__file__).parents[3] / "docs" / "phases.md").read_text()
    (example,) = [
        part.partition("```")[0]
        for part in text.split("```yaml\n")[1:]
        if part.startswith("name:")
    ]
    spec = read_model(Path(write(tmp_path, "m.yaml", example)))
    models = models_of([spec])
    assert models.selection is not None
    assert len(models.hushes[0]) == 2
