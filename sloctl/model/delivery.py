"""How dashboards are given to Grafana."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sloctl.model.errors import UsageError

KIB: Final = 1024
APPLIED_BYTES: Final = 256 * KIB
"""What `kubectl apply` keeps in an annotation, which holds no more."""
LARGE_BYTES: Final = 200 * KIB
"""From here on the quotes that are escaped there may make a text too long."""
CONFIG_MAP_BYTES: Final = 1024 * KIB
"""What a ConfigMap holds."""
UID: Final = re.compile(r"[a-zA-Z0-9_-]{1,40}")
"""How Grafana names dashboards and folders for good."""
PROVISIONED: Final = "/var/lib/grafana/dashboards/sloctl"
"""Where Grafana finds provisioned dashboards unless it is told otherwise."""
_TAKES: Final[Mapping[str, frozenset[str]]] = {
    "json": frozenset(),
    "provisioning": frozenset({"folder", "path"}),
    "configmap": frozenset({"folder", "namespace"}),
    "grafana-operator": frozenset({"folder", "namespace"}),
    "terraform": frozenset({"folder"}),
    "k8s": frozenset({"folder", "namespace"}),
}
_BY_UID: Final = frozenset({"k8s"})
"""Forms that name the folder by its uid."""
DELIVERY_NAMES: Final = tuple(_TAKES)


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    How dashboards are delivered.

    Args:
        form: One of `DELIVERY_NAMES`.
        folder: Grafana's folder for them, by its title, for ``k8s`` by its uid; empty for none.
        namespace: Of Kubernetes; empty for whichever they are applied to.
        path: The folder in which Grafana finds provisioned dashboards; empty for the usual one.

    Raises:
        UsageError: The form has no place for one of them, or wants another.
    """

    form: str = DELIVERY_NAMES[0]
    folder: str = ""
    namespace: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        given = {"folder": self.folder, "namespace": self.namespace, "path": self.path}
        for option, text in given.items():
            if text and option not in _TAKES[self.form]:
                takers = ", ".join(form for form, options in _TAKES.items() if option in options)
                raise UsageError(f"--{option} has no meaning for {self.form}", f"leave it out, or choose of {takers}")
        if self.folder and self.form in _BY_UID and not UID.fullmatch(self.folder):
            hint = "give what its address has behind /dashboards/f/: 1 to 40 of a-z A-Z 0-9 _ -"
            raise UsageError(f"--folder is a uid for {self.form}, and '{self.folder}' is none", hint)
