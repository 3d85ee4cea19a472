import json

import pytest

from hpo.cli.main import main
from tests.archive.builders import small_record


@pytest.mark.parametrize("file", ["run", "best"])
def test_the_schema_names_every_key_that_a_record_has(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hof", "schema", file]) == 0
    schema = json.loads(capsys.readouterr().out)
    content = json.loads(small_record().files()[f"{file}.json"])
    assert set(content) <= set(schema["properties"])
    assert set(schema["required"]) <= set(content)
