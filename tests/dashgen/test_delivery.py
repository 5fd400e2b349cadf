"""The forms in which dashboards are delivered: each holds the same dashboards, as its taker reads them."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from sloctl.app.dashboards import generate_dashboards
from sloctl.model.delivery import DELIVERY_NAMES, Delivery
from sloctl.model.errors import UsageError
from sloctl.specio.dashboards import DashboardFile
from sloctl.specio.delivery import delivered
from tests.support.cluster import Cluster

BOARDS = {file.name: json.loads(file.text) for file in generate_dashboards()}
LONG = DashboardFile("long.json", json.dumps({"uid": "long", "title": "x" * 200_000}))


def files(form: str, **options: str) -> dict[str, str]:
    """Give the shipped dashboards in a form."""
    return {file.name: file.text for file in generate_dashboards((), Delivery(form, **options))}


def objects(form: str, **options: str) -> list[dict[str, Any]]:
    """Give them as Kubernetes' objects."""
    return [yaml.safe_load(text) for text in files(form, **options).values()]


@pytest.mark.parametrize("form", DELIVERY_NAMES)
def test_every_form_holds_every_dashboard(form: str) -> None:
    """Whatever is around them, the dashboards are those of the plain files, and written alike each time."""
    found = files(form)

    assert found == files(form)
    text = "".join(found.values())
    assert all(board["title"] in text for board in BOARDS.values())
    assert len(found) == len(BOARDS) + (form in ("provisioning", "terraform"))


async def test_config_maps_are_taken_by_an_api_server(cluster: Cluster, namespace: str) -> None:
    """One for each dashboard, which is in it whole, with the label and the folder that the sidecar goes by."""
    for config_map in objects("configmap", folder="SLOs", namespace=namespace):
        (await cluster.post(f"/api/v1/namespaces/{namespace}/configmaps", config_map)).ok  # noqa: B018

    stored = (await cluster.get(f"/api/v1/namespaces/{namespace}/configmaps")).ok["items"]
    dashboards = [each for each in stored if each["metadata"].get("labels", {}).get("grafana_dashboard") == "1"]
    assert {name: json.loads(text) for each in dashboards for name, text in each["data"].items()} == BOARDS
    assert {each["metadata"]["annotations"]["grafana_folder"] for each in dashboards} == {"SLOs"}


def test_a_config_map_that_would_be_too_large_is_refused() -> None:
    """An API server would refuse it later, with the other objects applied."""
    whole = DashboardFile("huge.json", json.dumps({"uid": "huge", "title": "x" * (1 << 20)}))

    with pytest.raises(UsageError, match=r"huge\.json has 1024 KiB, and a ConfigMap holds 1024"):
        delivered([LONG, whole], Delivery("configmap"))


def test_the_operators_resource_holds_a_dashboard_or_its_compressed_form() -> None:
    """It selects instances, as it must; what would be long for an annotation is compressed, each time alike."""
    plain = objects("grafana-operator", folder="SLOs")
    (long,) = delivered([LONG], Delivery("grafana-operator"))

    assert [json.loads(each["spec"]["json"]) for each in plain] == list(BOARDS.values())
    assert {each["spec"]["folder"] for each in plain} == {"SLOs"}
    assert all(each["spec"]["instanceSelector"]["matchLabels"] for each in plain)
    assert [each["spec"]["uid"] for each in plain] == [board["uid"] for board in BOARDS.values()]
    spec = yaml.safe_load(long.text)["spec"]
    assert json.loads(gzip.decompress(base64.b64decode(spec["gzipJson"]))) == json.loads(LONG.text)
    assert "json" not in spec


def test_a_provider_reads_the_folder_that_comes_with_it() -> None:
    """Grafana takes the provider from one folder, and from it the place of the dashboards."""
    found = files("provisioning", folder="SLOs", path="/srv/dashboards")

    (provider,) = yaml.safe_load(found.pop("provisioning/dashboards/sloctl.yaml"))["providers"]
    assert (provider["type"], provider["folder"], provider["options"]) == ("file", "SLOs", {"path": "/srv/dashboards"})
    assert {name.removeprefix("dashboards/"): json.loads(text) for name, text in found.items()} == BOARDS


def test_a_terraform_module_reads_its_files(tmp_path: Path) -> None:
    """Each dashboard has a resource, in a folder of its own where one is asked for, whatever it is called."""
    found = files("terraform", folder='SLOs "${env}"')
    module = found.pop("dashboards.tf")

    assert {name: json.loads(text) for name, text in found.items()} == BOARDS
    assert all(f'file("${{path.module}}/{name}")' in module for name in found)
    assert 'title = "SLOs \\"$${env}\\""' in module
    assert module.count("folder      = grafana_folder.sloctl.uid") == len(BOARDS)


def test_grafanas_own_resources_are_named_by_uid() -> None:
    """The uid is the name, and what is left of the dashboard is its spec."""
    found = [json.loads(text) for text in files("k8s", folder="slos", namespace="stacks-1").values()]

    assert [{**each["spec"], "uid": each["metadata"]["name"]} for each in found] == list(BOARDS.values())
    assert {each["apiVersion"] for each in found} == {"dashboard.grafana.app/v1"}
    assert {each["metadata"]["annotations"]["grafana.app/folder"] for each in found} == {"slos"}
    assert {each["metadata"]["namespace"] for each in found} == {"stacks-1"}


@pytest.mark.parametrize("folder", ["SLOs & co", "é", "x" * 41])
def test_a_folder_that_is_named_by_uid_has_one(folder: str) -> None:
    """A title would be taken for the uid of a folder that is not there; the other forms take any title."""
    with pytest.raises(UsageError, match=f"--folder is a uid for k8s, and '{folder}' is none"):
        Delivery("k8s", folder)
    takers = {form for form in DELIVERY_NAMES if form not in {"json", "k8s"}}
    assert {Delivery(form, folder).folder for form in takers} == {folder}


@pytest.mark.parametrize(
    ("form", "option"), [("json", "folder"), ("terraform", "namespace"), ("k8s", "path"), ("configmap", "path")]
)
def test_an_option_without_a_place_is_refused(form: str, option: str) -> None:
    """It would be lost without a word."""
    with pytest.raises(UsageError, match=f"--{option} has no meaning for {form}"):
        Delivery(form, **{option: "a"})
