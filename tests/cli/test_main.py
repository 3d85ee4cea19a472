import subprocess
import sys

import pytest

from hpo.cli.main import COMMANDS, cli, main
from hpo.errors import ExitCode


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    import click

    def visit(path: list[str], command: click.Command) -> None:
        assert main([*path, "--help"]) == 0
        text = capsys.readouterr().out
        assert command.name is not None
        assert max(map(len, text.splitlines())) <= 100, path
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                visit([*path, name], child)
        else:
            assert "cross-hpo" in text.split("Usage:")[1].split("\n", 1)[1], f"no example in {path}"

    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        visit([name], command)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["serach"], "No such command 'serach'"), (["search", "--wrokers", "2"], "No such option"), (["hof"], "Usage")],
)
def test_bad_usage_is_exit_code_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert message in captured.err + captured.out


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m hpo models --json | head -c 1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
