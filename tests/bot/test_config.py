"""Settings: read once, from the environment and a file, and refused with the variable's name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from bot.config import ConfigError, Settings, example, variables
from bot.dotenv import read_dotenv

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def dotenv(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_nothing_set_gives_the_defaults() -> None:
    settings = Settings.from_env({})
    assert settings == Settings()
    assert settings.state_dir == Path("state")
    assert settings.base_model == "builtin"
    assert settings.train_steps is None
    assert settings.max_drawings == 200


def test_every_kind_of_value_is_read() -> None:
    settings = Settings.from_env(
        {
            "DISCORD_TOKEN": " secret ",
            "STATE_DIR": "~/hand",
            "ENGINE_DEVICE": "CUDA",
            "TRAIN_STEPS": "120",
            "DISCORD_GUILD": "123456789012345678",
            "DISCORD_API_BASE": "http://127.0.0.1:8080/api/",
            "LOG_LEVEL": "debug",
            "LOG_FILE": "bot.log",
            "LOG_JSON": "yes",
        }
    )
    assert settings.discord_token == "secret"
    assert settings.state_dir == Path.home() / "hand"
    assert settings.device == "cuda"
    assert settings.train_steps == 120
    assert settings.guild_id == 123456789012345678
    assert settings.discord_api_base == "http://127.0.0.1:8080/api"
    assert settings.log_level == "DEBUG"
    assert settings.log_file == Path("bot.log")
    assert settings.log_json is True


def test_tags_and_thresholds_are_read() -> None:
    settings = Settings.from_env({"TAGGER_THRESHOLD": ".35", "TAG_BLACKLIST": "chibi, , long_hair"})
    assert settings.tagger_threshold == 0.35
    assert settings.tag_blacklist == ("chibi", "long_hair")
    assert Settings().tagger_threshold is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENGINE_DEVICE", "gpu"),
        ("ENGINE_THREADS", "-1"),
        ("ENGINE_THREADS", "two"),
        ("ENGINE_THREADS", "٣"),
        ("MAX_DRAWINGS", "0"),
        ("MAX_DRAWINGS", "99999999999"),
        ("MAX_UPLOAD_MB", "2.5"),
        ("DISCORD_GUILD", "my server"),
        ("DISCORD_API_BASE", "discord.example"),
        ("DISCORD_GATEWAY", "https://gateway.example"),
        ("TAGGER_THRESHOLD", "1"),
        ("TAGGER_THRESHOLD", "0.0"),
        ("TAGGER_THRESHOLD", "a third"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_JSON", "perhaps"),
    ],
)
def test_unusable_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"^{name} must .*\.$"):
        Settings.from_env({name: value})


def test_environment_wins_over_the_file(dotenv: Path) -> None:
    dotenv.write_text("MAX_DRAWINGS=50\nPARALLEL_JOBS=2\n")
    settings = Settings.from_env({"MAX_DRAWINGS": "60"}, dotenv)
    assert (settings.max_drawings, settings.parallel_jobs) == (60, 2)


def test_missing_file_is_no_error(dotenv: Path) -> None:
    assert Settings.from_env({}, dotenv) == Settings()


def test_misspelt_name_in_the_file_is_refused_with_the_near_one(dotenv: Path) -> None:
    dotenv.write_text("DISCORD_TOKE=secret-value\n")
    with pytest.raises(ConfigError, match="did you mean DISCORD_TOKEN") as caught:
        Settings.from_env({}, dotenv)
    assert "secret-value" not in str(caught.value)


def test_broken_line_is_refused_without_its_text(dotenv: Path) -> None:
    dotenv.write_text("MAX_DRAWINGS=5\nDISCORD_TOKEN='secret-value\n")
    with pytest.raises(ConfigError, match="line 2") as caught:
        Settings.from_env({}, dotenv)
    assert "secret-value" not in str(caught.value)


def test_token_is_never_shown() -> None:
    settings = Settings(discord_token="secret-value")
    assert "secret-value" not in repr(settings)
    assert "secret-value" not in str(settings)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=1", "1"),
        ("A = 1  # a comment", "1"),
        ("export A=1", "1"),
        ("A=", ""),
        ("A=# only a comment", ""),
        ("A=a#b", "a#b"),
        ('A="a # b"  # a comment', "a # b"),
        ("A='a \"b\" \\n'", 'a "b" \\n'),
        ('A="line\\nnext \\"q\\" \\\\ \\x"', 'line\nnext "q" \\ \\x'),
        ("\ufeffA=1\r\n", "1"),
        ("A=1\nA=2", "2"),
        ("A=одно слово", "одно слово"),
    ],
)
def test_dotenv_line(dotenv: Path, text: str, value: str) -> None:
    dotenv.write_text(text, encoding="utf-8")
    assert read_dotenv(dotenv) == {"A": value}


@pytest.mark.parametrize("text", ["just words", "1A=2", 'A="open', "A='x' y", "=1"])
def test_dotenv_refuses_what_it_does_not_understand(dotenv: Path, text: str) -> None:
    dotenv.write_text(text)
    with pytest.raises(ValueError, match="line 1"):
        read_dotenv(dotenv)


def test_example_file_is_what_the_settings_say() -> None:
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example()


def test_example_file_read_back_changes_nothing() -> None:
    path = ROOT / ".env.example"
    assert set(read_dotenv(path)) == set(variables())
    assert Settings.from_env({}, path) == Settings()


def test_every_setting_has_one_line() -> None:
    for item in dataclasses.fields(Settings):
        doc = item.metadata["doc"]
        assert doc.endswith("."), item.name
        assert "\n" not in doc, item.name
        assert len(doc) <= 98, item.name
