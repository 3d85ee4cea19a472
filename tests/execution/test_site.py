"""Site files: their laws."""

from __future__ import annotations

from pathlib import Path

import pytest

from hpo.errors import BadData
from hpo.execution.site import read_site, site_names

GOOD = """
name = "x"
launcher = "mpi"
scheduler = "pbs"
mpiexec = ["mpiexec", "-n", "{ranks}", "-host", "{hosts}"]
[node]
workers = 4
rank0 = "beside"
"""


@pytest.mark.parametrize("name", site_names())
def test_packaged_sites_are_valid_and_called_like_their_files(name: str) -> None:
    assert read_site(name).name == name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"-n", "{ranks}", ', "", "{ranks} is missing"),
        ("{hosts}", "{host}", "unknown {host}; there are ranks, nodes, ppn, hosts, rankfile, nodefile"),
        ('"-host", "{hosts}"', '"--ppn", "{ppn}"', 'rank0 = "beside" needs {hosts} or {rankfile}'),
        ('launcher = "mpi"', 'launcher = "local"', 'a batch system needs launcher = "mpi" and a [node] section'),
        ('scheduler = "pbs"', 'scheduler = "none"\nfilesystems = ["home"]', "filesystems, select: PBS only"),
        ('scheduler = "pbs"', 'scheduler = "lsf"', "scheduler"),
        ("[node]", 'account = "a; rm -rf /"\n[node]', "account"),
        ("[node]", 'setup = ["module load a\\nrm b"]\n[node]', "setup.0: must be one line of printable characters"),
        ("workers = 4", 'workers = 4\ndevices = ["0"]', "device_variable and devices go together"),
        ("workers = 4", "workers = 4\ncores = 3", "4 workers x 1 threads are more than the 3 cores of a node"),
        ("workers = 4", "workers = 0", "workers"),
        ("[node]", "que = 1\n[node]", "que: unknown key"),
    ],
)
def test_a_law_that_is_broken_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(GOOD)
    assert read_site(str(path)).node is not None
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(BadData) as caught:
        read_site(str(path))
    assert message in str(caught.value)
