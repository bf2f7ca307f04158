"""Which folders hold the limits of this process."""

import pytest

from pyNN_brainscales_emu.control_groups import group_folders


@pytest.fixture
def proc(tmp_path):
    """Write what Linux says of a process; return its folder and that of the control groups."""

    def write(groups, mounts):
        top = tmp_path / "sys"
        (tmp_path / "cgroup").write_text("".join(f"{line}\n" for line in groups))
        lines = [
            "1 1 8:1 / / rw shared:1 - ext4 /dev/sda rw",
            *(f"2 1 0:9 {root} {top}/{place} rw - {kind}" for root, place, kind in mounts),
        ]
        (tmp_path / "mountinfo").write_text("\n".join(lines))
        return tmp_path, top

    return write


VERSION_2 = "cgroup2 cgroup2 rw,nsdelegate"


def of_cpu(mount, root="/"):
    return (root, mount, "cgroup cgroup rw,cpu,cpuacct")


def test_version_2_from_the_inside(proc):
    folder, top = proc(["0::/user/job/step"], [("/", "", VERSION_2)])
    assert list(group_folders("cpu", folder)) == [
        top / "user/job/step",
        top / "user/job",
        top / "user",
        top,
    ]


def test_version_1_by_controller(proc):
    groups = ["5:memory:/big", "4:cpu,cpuacct:/job/a:b", "1:name=systemd:/init"]
    mounts = [
        ("/", "systemd", "cgroup cgroup rw,name=systemd"),
        of_cpu("cpu,cpuacct"),
        ("/", "memory", "cgroup cgroup rw,memory"),
    ]
    folder, top = proc(groups, mounts)
    own = top / "cpu,cpuacct"
    assert list(group_folders("cpu", folder)) == [own / "job/a:b", own / "job", own]
    assert list(group_folders("memory", folder)) == [top / "memory/big", top / "memory"]


def test_both_versions_count(proc):
    groups = ["3:cpu,cpuacct:/job", "0::/unit"]
    folder, top = proc(groups, [of_cpu("cpu"), ("/", "unified", VERSION_2)])
    assert list(group_folders("cpu", folder)) == [
        top / "cpu/job",
        top / "cpu",
        top / "unified/unit",
        top / "unified",
    ]


@pytest.mark.parametrize(
    ("group", "root", "below"),
    [
        ("/docker/12ab", "/docker/12ab", [""]),
        ("/docker/12ab/inner", "/docker/12ab", ["inner", ""]),
        ("/docker/12ab", "/other", [""]),  # names of the host, as a container sees them
        ("/../12ab", "/", [""]),  # outside of the container's name space
    ],
)
def test_containers(proc, group, root, below):
    folder, top = proc([f"4:cpu,cpuacct:{group}"], [of_cpu("cpu", root)])
    assert list(group_folders("cpu", folder)) == [top / "cpu" / name for name in below]


def test_no_control_groups(proc, tmp_path):
    assert list(group_folders("cpu", tmp_path)) == []
    folder, _ = proc(["4:cpuset:/"], [])
    assert list(group_folders("cpu", folder)) == []
